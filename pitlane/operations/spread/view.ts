import { inRotation } from '../../rotation/membership.ts';
import { daemonNeeds, obstacleOn, unwantedBecause } from '../../rotation/node-fit.ts';
import type { Check, Operation } from '../../rotation/plan.ts';
import { refusal } from '../../rotation/safety.ts';
import type { Labels, Pod, Snapshot, Spreadable, WholeWorkload } from '../../rotation/snapshot.ts';
import { podsOf } from '../../rotation/spread.ts';
import { nameOf } from '../../rotation/workload.ts';
import { list } from '../../text/words.ts';
import { isMeant, wordOf } from '../canary/workload.ts';
import { format } from '../commands.ts';
import { daemonSetOf, type Manifest } from './manifest.ts';
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

/** A Deployment, and the DaemonSet of its name if there is one. */
export type Chosen = Spreadable & { readonly deployment: WholeWorkload };

/** The Deployment that the request is about, or why there is none. */
export function chooseDeployment(
  { spread = [], service }: Snapshot,
  request: Pick<SpreadRequest, 'from'>,
  isPossible: (each: Chosen) => boolean = () => true,
): Chosen | readonly Check[] {
  const all = spread.filter((each): each is Chosen => each.deployment !== undefined);
  const { from } = request;
  const meant =
    from === undefined ? all.filter(isPossible) : all.filter((each) => isMeant(from, each.deployment.controller));
  const [only = all[0], ...others] = meant;
  const instead = ({ deployment }: Chosen) =>
    format({ ...request, from: wordOf(deployment.controller) } as SpreadRequest);
  if (only !== undefined && others.length > 0)
    return meant.map((each) =>
      refusal(
        'SeveralWorkloads',
        `${nameOf(each.deployment.controller)} is one of ${meant.length} Deployments that serve ${service.name}. Choose one with --from.`,
        instead(each),
      ),
    );
  if (meant[0] !== undefined) return meant[0];
  if (only !== undefined && from === undefined) return only;
  if (only !== undefined)
    return [
      refusal(
        'WorkloadUnknown',
        `${from} is not a Deployment that serves ${service.name}; ${list(all.map(({ deployment }) => nameOf(deployment.controller)))} ${all.length === 1 ? 'is' : 'are'}.`,
        instead(only),
      ),
    ];
  const daemonSets = spread.flatMap(({ daemonSet }) => (daemonSet ? nameOf(daemonSet.controller) : []));
  const why =
    daemonSets.length > 0
      ? `Only ${list(daemonSets)} ${daemonSets.length === 1 ? 'serves' : 'serve'} ${service.name}, on each node already.`
      : `No pod of ${service.name} belongs to a Deployment.`;
  return [refusal('NoWorkload', `${why} There is no Deployment to spread.`, 'list')];
}

/** A node, and what keeps the DaemonSet's pod away from it. */
export interface SpreadNode {
  readonly name: string;
  /** The DaemonSet wants no pod there. */
  readonly skipped?: string;
  /** It wants one, which does not start now. */
  readonly obstacle?: string;
}

/** Each node that Pitlane may read, by name. Undefined: none could be read. */
export function spreadNodes(
  { headroom }: Snapshot,
  { needs, spec }: WholeWorkload,
  labels: Labels,
): readonly SpreadNode[] | undefined {
  if (headroom.kind === 'notSeen') return undefined;
  const template = { needs, ...podSpecOf(spec) };
  return headroom.value.nodes
    .map((node): SpreadNode => {
      const skipped = unwantedBecause(node, template);
      if (skipped !== undefined) return { name: node.name, skipped };
      const wanted = { labels, needs: daemonNeeds(template), claims: [], onNode: node.name };
      const obstacle = obstacleOn(node, wanted);
      return { name: node.name, ...(obstacle !== undefined && { obstacle }) };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function podSpecOf(spec: WholeWorkload['spec']) {
  const { template } = spec as {
    readonly template?: { readonly spec?: { readonly nodeName?: string; readonly hostNetwork?: boolean } };
  };
  const { nodeName, hostNetwork } = template?.spec ?? {};
  return { nodeName, hostNetwork };
}
