import { DELETION_COST, HIGHEST_COST } from '../../rotation/marks.ts';
import type { Controller, Pod, Snapshot } from '../../rotation/snapshot.ts';
import { isActive, nodeOf, ordinalOf, ownedPods, selects, type Workload } from '../../rotation/workload.ts';
import { list } from '../../text/words.ts';
import { keptByDaemonSet, possibleSurplusOfJob, possibleSurplusOfReplicaSet } from './survivors.ts';

/** The pods that the owner deletes once it has adopted the restored one. */
export interface Surplus {
  /** The number of pods that it deletes. */
  readonly count: number;
  /** The pods that it deletes. More than `count`: they are too alike, and the order at the last moment decides. */
  readonly pods: readonly Pod[];
  /** It deletes them only once its other pods are ready. */
  readonly isHeldUp?: true;
}

export const NO_SURPLUS: Surplus = { count: 0, pods: [] };

/** Finds the pods that the owner deletes once it has adopted the restored one. */
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
      return ofJob(pods, restored, owner);
    case 'ReplicaSet':
    case 'ReplicationController': {
      const siblings = siblingsOf(snapshot, workload.root, owner, restored);
      return { count, pods: possibleSurplusOfReplicaSet(pods, siblings, owner.desired, snapshot.at) };
    }
    default:
      return NO_SURPLUS;
  }
}

const INDEX = 'batch.kubernetes.io/job-completion-index';

/**
 * A work queue with a success keeps all pods that it has. An Indexed Job keeps one pod of each index (indexed_job_utils.go,
 * appendDuplicatedIndexPodsForRemoval).
 */
function ofJob(pods: readonly Pod[], restored: Pod, { desired, job }: Controller): Surplus {
  if (job?.state === 'winding down') return NO_SURPLUS;
  const index = restored.labels[INDEX];
  const same = index === undefined ? [] : pods.filter(({ labels }) => labels[INDEX] === index);
  if (same.length > 1) return { count: same.length - 1, pods: possibleSurplusOfJob(same, 1) };
  return { count: Math.max(0, pods.length - desired), pods: possibleSurplusOfJob(pods, desired) };
}

function onItsNode(pods: readonly Pod[], restored: Pod): Surplus {
  const node = nodeOf(restored);
  if (node === undefined) return NO_SURPLUS;
  const there = pods.filter((pod) => nodeOf(pod) === node);
  const kept = keptByDaemonSet(there);
  const surplus = there.filter((candidate) => candidate !== kept);
  return { count: surplus.length, pods: surplus };
}

/**
 * A StatefulSet deletes by the ordinals in the names (stateful_set_utils.go, podInOrdinalRange), and only once all pods
 * within its range are ready; of several beyond it that are not ready, only the lowest may go (stateful_set_control.go,
 * processCondemned).
 */
function beyondItsNumber(pods: readonly Pod[], desired: number): Surplus {
  const beyond = pods.filter((pod) => ordinalOf(pod) >= desired);
  const isReady = (pod: Pod): boolean => pod.detail?.isReady === true;
  const ready = pods.filter((pod) => ordinalOf(pod) < desired && isReady(pod));
  const unready = beyond.filter((pod) => !isReady(pod));
  return {
    count: beyond.length,
    pods: beyond,
    ...(beyond.length > 0 && (ready.length < desired || unready.length > 1) ? { isHeldUp: true } : {}),
  };
}

/**
 * The pods that a ReplicaSet counts on each node: those that any ReplicaSet of its Deployment selects, whatever their
 * owner; without a Deployment it counts none (replica_set.go, getIndirectlyRelatedPods).
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

/** `rng-x5new on node-2`, `one of rng-a and rng-b (too alike to tell which)` */
export function surplusText({ count, pods, isHeldUp }: Surplus): string {
  const names = list(pods.map(({ name, nodeName }) => (nodeName === undefined ? name : `${name} on ${nodeName}`)));
  if (pods.length !== count) return `${count === 1 ? 'one' : count} of ${names} (too alike to tell which)`;
  return `${names}${isHeldUp ? ' once its other pods are ready' : ''}`;
}
