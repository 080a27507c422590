import { DELETION_COST, HIGHEST_COST } from '../../rotation/marks.ts';
import type { Container, Controller, Pod, Snapshot } from '../../rotation/snapshot.ts';
import { isActive, nodeOf, ordinalOf, ownedPods, selects, type Workload } from '../../rotation/workload.ts';
import { list } from '../../text/words.ts';

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

/** A pod that a controller may delete as surplus. */
interface Candidate {
  readonly pod: Pod;
  readonly cost: number;
  /** Active pods on the pod's node, of every ReplicaSet of the same Deployment. */
  readonly rank: number;
}

/** Negative: `a` goes first. 0: they count as equal. The times are absent where they are not known. */
type CompareAges = (a: Pod, b: Pod, aTime: number | undefined, bTime: number | undefined) => number;

const PHASE_ORDER = { Pending: 0, Unknown: 1, Running: 2, Succeeded: 2, Failed: 2 } as const;

/** The ReplicaSet chooses within this time after the observation, which is checked in steps. In milliseconds. */
const CHOICE_WITHIN_MS = 3_000;
const CHOICE_STEP_MS = 250;

/**
 * Every pod that the ReplicaSet may delete within the next seconds to keep only `keep`, in its order (replica_set.go
 * getPodsToDelete; controller_utils.go ActivePodsWithRanks.Less):
 * 1. not scheduled, 2. Pending, then Unknown, then Running, 3. not ready, 4. lower deletion cost, 5. more pods of the
 * workload on its node, 6. ready for less time, 7. more restarts of a container, 8. more of a sidecar, 9. created later.
 * Times are compared by the power of two of their age in nanoseconds, and within the same power the smaller uid goes.
 *
 * These are more than the surplus where an age passes a power of two meanwhile, and where pods are equal in everything,
 * times to the second included: then the order of the controller's list decides, and its sort may move an equal pod before
 * one that it is not compared with.
 *
 * @param pods the ReplicaSet's active pods, whole (with `detail`)
 * @param siblings active pods of all ReplicaSets of the Deployment, for the rank
 */
export function possibleSurplusOfReplicaSet(
  pods: readonly Pod[],
  siblings: readonly Pod[],
  keep: number,
  now: number,
): readonly Pod[] {
  const byNode = Map.groupBy(siblings, ({ nodeName }) => nodeName);
  const candidates = pods.map((pod) => ({ pod, cost: costOf(pod), rank: byNode.get(pod.nodeName)?.length ?? 0 }));
  const passes = (time: number | undefined) =>
    time !== undefined && power(now - time) !== power(now + CHOICE_WITHIN_MS - time);
  const changes = pods.some(({ createdAt, detail }) => passes(createdAt) || passes(detail?.readyChangedAt));
  const named = new Set<Pod>();
  for (let ahead = 0; ahead <= (changes ? CHOICE_WITHIN_MS : 0); ahead += CHOICE_STEP_MS)
    for (const pod of firstToGo(candidates, keep, byLogarithmicAge(now + ahead))) named.add(pod);
  return [...named];
}

/**
 * Every pod that a Job may delete to keep only `keep`: as a ReplicaSet chooses, but by neither cost nor nodes, and by
 * exact ages (controller_utils.go, ActivePods.Less). More than the surplus where pods are equal in everything.
 */
function possibleSurplusOfJob(pods: readonly Pod[], keep: number): readonly Pod[] {
  const candidates = pods.map((pod) => ({ pod, cost: 0, rank: 0 }));
  const later = (time: number | undefined): number => time ?? Number.MAX_SAFE_INTEGER;
  return firstToGo(candidates, keep, (_, __, aTime, bTime) => later(bTime) - later(aTime));
}

/** The surplus, and all up to the last that equals one of them or one between: equal pods may change places. */
function firstToGo(candidates: readonly Candidate[], keep: number, compareAges: CompareAges): readonly Pod[] {
  const order = [...candidates].sort((a, b) => compare(a, b, compareAges) || (a.pod.uid < b.pod.uid ? -1 : 1));
  for (let end = Math.max(0, candidates.length - keep); ; ) {
    const first = order.slice(0, end);
    const last = order.findLastIndex((each) => first.some((goes) => compare(goes, each, compareAges) === 0));
    if (last < end) return first.map(({ pod }) => pod);
    end = last + 1;
  }
}

function compare(a: Candidate, b: Candidate, compareAges: CompareAges): number {
  const differences = [
    Number(a.pod.nodeName !== undefined) - Number(b.pod.nodeName !== undefined),
    PHASE_ORDER[phaseOf(a.pod)] - PHASE_ORDER[phaseOf(b.pod)],
    Number(isReady(a.pod)) - Number(isReady(b.pod)),
    a.cost - b.cost,
    b.rank - a.rank,
    isReady(a.pod) && isReady(b.pod)
      ? compareAges(a.pod, b.pod, a.pod.detail?.readyChangedAt, b.pod.detail?.readyChangedAt)
      : 0,
    mostRestarts(b.pod.detail?.containers) - mostRestarts(a.pod.detail?.containers),
    mostRestarts(sidecarsOf(b.pod)) - mostRestarts(sidecarsOf(a.pod)),
    compareAges(a.pod, b.pod, a.pod.createdAt, b.pod.createdAt),
  ];
  return differences.find((difference) => difference !== 0) ?? 0;
}

/** The younger power of two goes first, then the smaller uid. A pod without the time counts as the youngest. */
function byLogarithmicAge(now: number): CompareAges {
  return (a, b, aTime, bTime) => {
    if (aTime === bTime) return 0;
    if (aTime === undefined) return -1;
    if (bTime === undefined) return 1;
    return power(now - aTime) - power(now - bTime) || (a.uid < b.uid ? -1 : 1);
  };
}

function power(ageMs: number): number {
  return ageMs <= 0 ? -1 : Math.floor(Math.log2(ageMs * 1e6));
}

/** The pod of a node that a DaemonSet keeps: scheduled, then the oldest, and of the same age the first by name (daemon_controller.go podByCreationTimestampAndPhase). */
export function keptByDaemonSet(pods: readonly Pod[]): Pod | undefined {
  return [...pods].sort(
    (a, b) =>
      Number(a.nodeName === undefined) - Number(b.nodeName === undefined) ||
      a.createdAt - b.createdAt ||
      (a.name < b.name ? -1 : 1),
  )[0];
}

function mostRestarts(containers: readonly Container[] = []): number {
  return Math.max(0, ...containers.map(({ restarts }) => restarts));
}

function sidecarsOf({ detail }: Pod): readonly Container[] | undefined {
  return detail?.initContainers.filter(({ isSidecar }) => isSidecar);
}

function phaseOf(pod: Pod): keyof typeof PHASE_ORDER {
  return pod.detail?.phase ?? 'Running';
}

function isReady(pod: Pod): boolean {
  return pod.detail?.isReady ?? false;
}

function costOf(pod: Pod): number {
  const cost = Number(pod.annotations[DELETION_COST] ?? '0');
  return Number.isInteger(cost) ? cost : 0;
}
