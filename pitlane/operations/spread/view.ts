import { inRotation } from '../../rotation/membership.ts';
import { type DaemonTemplate, daemonNeeds, obstacleOn, unwantedBecause } from '../../rotation/node-fit.ts';
import type { Check, Operation } from '../../rotation/plan.ts';
import { refusal } from '../../rotation/safety.ts';
import {
  type Controller,
  ifSeen,
  type Snapshot,
  type Spreadable,
  type WholeWorkload,
} from '../../rotation/snapshot.ts';
import { podsOf } from '../../rotation/spread.ts';
import { nameOf } from '../../rotation/workload.ts';
import { list } from '../../text/words.ts';
import { isMeant, severalWorkloads, wordOf } from '../canary/workload.ts';
import { format } from '../commands.ts';
import { daemonSetOf } from './manifest.ts';
import type { SpreadRequest } from './spread.ts';

/** The input of the checks of a spread. */
export type SpreadView = ReturnType<typeof viewOf>;

export function viewOf(snapshot: Snapshot, operation: Operation<SpreadRequest>, chosen: Chosen) {
  const { deployment, daemonSet } = chosen;
  const pods = podsOf(snapshot, deployment.controller);
  const own = new Set([...pods, ...(daemonSet ? podsOf(snapshot, daemonSet.controller) : [])].map(({ uid }) => uid));
  return {
    snapshot,
    operation,
    chosen,
    /** The DaemonSet to create, without Pitlane's record. */
    manifest: daemonSetOf(snapshot, deployment),
    /** Undefined: the nodes can't be read. */
    nodes: spreadNodes(snapshot, deployment),
    /** The active pods of the Deployment. */
    pods,
    /** In rotation, and of neither the Deployment nor the DaemonSet. */
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
  snapshot: Snapshot,
  request: Pick<SpreadRequest, 'from'>,
  isPossible: (each: Chosen) => boolean = () => true,
): Chosen | readonly Check[] {
  const { spread = [], service } = snapshot;
  const all = spread.filter((each): each is Chosen => each.deployment !== undefined);
  const { from } = request;
  const meant = all.filter((each) =>
    from === undefined ? isPossible(each) : isMeant(from, each.deployment.controller),
  );
  const [only, ...others] = meant;
  const controllers = meant.map(({ deployment }) => deployment.controller);
  const instead = (controller: Controller) => format({ ...request, from: wordOf(controller) } as SpreadRequest);
  if (others.length > 0) return severalWorkloads(snapshot, 'Deployment', controllers, instead);
  if (only !== undefined) return only;
  const [first] = all;
  if (first !== undefined && from === undefined) return first;
  if (first !== undefined) {
    const known = list(all.map(({ deployment }) => nameOf(deployment.controller)));
    const text = `${from} is not a Deployment that serves ${service.name}; ${known} ${all.length === 1 ? 'is' : 'are'}.`;
    return [refusal('WorkloadUnknown', text, instead(first.deployment.controller))];
  }
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
  readonly skipped?: string | undefined;
  /** It wants one, which does not start now. */
  readonly obstacle?: string | undefined;
}

/** Each node that Pitlane may read, by name. Undefined: none could be read. */
function spreadNodes(
  { headroom }: Snapshot,
  { needs, spec, controller }: WholeWorkload,
): readonly SpreadNode[] | undefined {
  const pod = (spec as { readonly template?: { readonly spec?: Omit<DaemonTemplate, 'needs'> } }).template?.spec;
  const template = { needs, nodeName: pod?.nodeName, hostNetwork: pod?.hostNetwork };
  const pods = { labels: controller.templateLabels ?? {}, needs: daemonNeeds(template), claims: [] };
  return ifSeen(headroom)
    ?.nodes.map((node): SpreadNode => {
      const { name } = node;
      const skipped = unwantedBecause(node, template);
      return {
        name,
        ...(skipped === undefined ? { obstacle: obstacleOn(node, { ...pods, onNode: name }) } : { skipped }),
      };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
