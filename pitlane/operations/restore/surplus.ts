import { DELETION_COST, HIGHEST_COST } from '../../rotation/marks.ts';
import type { Controller, Pod, Snapshot } from '../../rotation/snapshot.ts';
import { isActive, ordinalOf, ownedPods, selects, type Workload } from '../../rotation/workload.ts';
import { list } from '../../text/words.ts';
import { keptByDaemonSet, possibleSurplusOfJob, possibleSurplusOfReplicaSet } from './survivors.ts';

/** What goes once the owner has the restored pod too. */
export interface Surplus {
  /** How many pods are too many. */
  readonly count: number;
  /** The pods that go; more than `count`: those among which their ages decide at the last moment. */
  readonly pods: readonly Pod[];
  /** They go only once other pods of the owner are ready. */
  readonly isHeldUp?: true;
}

export const NO_SURPLUS: Surplus = { count: 0, pods: [] };

/** The pods that the owner deletes once it has the restored one too. */
export function surplusOf(snapshot: Snapshot, pod: Pod, workload: Workload | undefined): Surplus {
  const owner = workload?.owner;
  if (!owner) return NO_SURPLUS;
  const restored = { ...pod, annotations: { ...pod.annotations, [DELETION_COST]: HIGHEST_COST } };
  const pods = [...others(ownedPods(snapshot, owner), pod), restored];
  const count = Math.max(0, pods.length - owner.desired);
  switch (owner.kind) {
    case 'DaemonSet':
      return onItsNode(pods, restored);
    case 'StatefulSet':
      return beyondItsNumber(pods, owner.desired);
    case 'Job':
      return { count, pods: possibleSurplusOfJob(pods, owner.desired) };
    case 'ReplicaSet':
    case 'ReplicationController': {
      const siblings = siblingsOf(snapshot, workload.root, owner, restored);
      return { count, pods: possibleSurplusOfReplicaSet(pods, siblings, owner.desired, snapshot.at) };
    }
    default:
      return NO_SURPLUS;
  }
}

function onItsNode(pods: readonly Pod[], restored: Pod): Surplus {
  const placeOf = ({ nodeName, meantForNode }: Pod): string | undefined => nodeName ?? meantForNode;
  const place = placeOf(restored);
  if (place === undefined) return NO_SURPLUS;
  const there = pods.filter((pod) => placeOf(pod) === place);
  const kept = keptByDaemonSet(there);
  const surplus = there.filter((candidate) => candidate !== kept);
  return { count: surplus.length, pods: surplus };
}

/**
 * A StatefulSet goes by the numbers in the names (stateful_set_utils.go, podInOrdinalRange), and ends none before those
 * within its number are all there and ready (stateful_set_control.go, processCondemned).
 */
function beyondItsNumber(pods: readonly Pod[], desired: number): Surplus {
  const beyond = pods.filter((pod) => ordinalOf(pod) >= desired);
  const ready = pods.filter((pod) => ordinalOf(pod) < desired && pod.detail?.isReady === true);
  return {
    count: beyond.length,
    pods: beyond,
    ...(beyond.length > 0 && ready.length < desired ? { isHeldUp: true } : {}),
  };
}

/**
 * The pods that count where a ReplicaSet looks how many share a node: those that any ReplicaSet of its Deployment
 * selects, whoever owns them; without a Deployment it does not look (replica_set.go, getIndirectlyRelatedPods).
 */
function siblingsOf(
  { pods, controllers }: Snapshot,
  root: Controller | undefined,
  owner: Controller,
  restored: Pod,
): readonly Pod[] {
  if (root === undefined || root.uid === owner.uid) return [];
  const sets = controllers.filter((controller) => controller.owner?.uid === root.uid);
  const isRelated = ({ labels }: Pod): boolean => sets.some((set) => selects(set, labels));
  return [...others(pods, restored).filter((pod) => isActive(pod) && isRelated(pod)), restored];
}

function others(pods: readonly Pod[], pod: Pod): readonly Pod[] {
  return pods.filter(({ uid }) => uid !== pod.uid);
}

/** Who goes, as the end of a sentence. */
export function saysSurplus({ count, pods, isHeldUp }: Surplus): string {
  const names = pods.map(({ name, nodeName }) => (nodeName === undefined ? name : `${name} on ${nodeName}`));
  const tooMany = count === 1 ? 'a pod too many' : `${count} pods too many`;
  if (pods.length !== count)
    return `${count === 1 ? 'one' : count} of ${list(names)}, ${tooMany} then: they are too alike to tell which.`;
  return `${list(names)}, ${tooMany} then${isHeldUp ? ', once its other pods are ready' : ''}.`;
}
