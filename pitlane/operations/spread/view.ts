import { inRotation } from '../../rotation/membership.ts';
import type { Operation } from '../../rotation/plan.ts';
import type { Pod, Snapshot } from '../../rotation/snapshot.ts';
import { podsOf } from '../../rotation/spread-proof.ts';
import type { Chosen } from './choose.ts';
import { daemonSetOf, type Manifest } from './manifest.ts';
import { type SpreadNode, spreadNodes } from './nodes.ts';
import type { SpreadRequest } from './spread.ts';

/** The input of the checks of a spread. */
export interface SpreadView {
  readonly snapshot: Snapshot;
  readonly operation: Operation<SpreadRequest>;
  readonly chosen: Chosen;
  /** The DaemonSet to create, without Pitlane's record. */
  readonly manifest: Manifest;
  /** Undefined: the nodes can't be read. */
  readonly nodes: readonly SpreadNode[] | undefined;
  /** The active pods of the Deployment. */
  readonly pods: readonly Pod[];
  /** In rotation, and of neither the Deployment nor the DaemonSet. */
  readonly others: readonly Pod[];
}

export function viewOf(snapshot: Snapshot, operation: Operation<SpreadRequest>, chosen: Chosen): SpreadView {
  const { deployment, daemonSet } = chosen;
  const manifest = daemonSetOf(snapshot, deployment);
  const pods = podsOf(snapshot, deployment.controller);
  const own = new Set([...pods, ...(daemonSet ? podsOf(snapshot, daemonSet.controller) : [])].map(({ uid }) => uid));
  return {
    snapshot,
    operation,
    chosen,
    manifest,
    nodes: spreadNodes(snapshot, deployment, deployment.controller.templateLabels ?? {}),
    pods,
    others: inRotation(snapshot).filter(({ uid }) => !own.has(uid)),
  };
}

/** The nodes that get a pod. Undefined: unknown. */
export function wantedNodes({ nodes }: SpreadView): readonly SpreadNode[] | undefined {
  return nodes?.filter(({ skipped }) => skipped === undefined);
}

/** The nodes that the DaemonSet's controller has counted. Undefined: it has not yet. */
export function countedNodes({ daemonSet }: Chosen): number | undefined {
  if (daemonSet === undefined || daemonSet.controller.isRollingOut) return undefined;
  return daemonSet.controller.desired;
}
