import { DELETION_COST } from '../../rotation/marks.ts';
import type { Pod } from '../../rotation/snapshot.ts';

/** What a ReplicaSet weighs when it has a pod too many. */
interface Candidate {
  readonly pod: Pod;
  /** Active pods on the pod's node, of every ReplicaSet of the same Deployment. */
  readonly rank: number;
}

const PHASE_ORDER = { Pending: 0, Unknown: 1, Running: 2, Succeeded: 2, Failed: 2 } as const;

/**
 * The pods that a ReplicaSet would delete to come down to `keep`, first to go first (replica_set.go getPodsToDelete;
 * controller_utils.go ActivePodsWithRanks.Less):
 * 1. not scheduled, 2. Pending, then Unknown, then Running, 3. not ready, 4. lower deletion cost, 5. more pods of the
 * workload on its node, 6. ready for less time, 7. more restarts of a container, 8. created later. Times are compared
 * by the power of two of their age in nanoseconds, and within the same power the smaller uid goes.
 *
 * @param pods the ReplicaSet's active pods, whole (with `detail`)
 * @param siblings active pods of all ReplicaSets of the Deployment, for the rank
 */
export function surplusOfReplicaSet(
  pods: readonly Pod[],
  siblings: readonly Pod[],
  keep: number,
  now: number,
): readonly Pod[] {
  return inOrder(pods, siblings, now)
    .slice(0, surplus(pods, keep))
    .map(({ pod }) => pod);
}

function inOrder(pods: readonly Pod[], siblings: readonly Pod[], now: number): readonly Candidate[] {
  const byNode = Map.groupBy(siblings, ({ nodeName }) => nodeName);
  return pods
    .map((pod) => ({ pod, rank: byNode.get(pod.nodeName)?.length ?? 0 }))
    .sort((a, b) => firstToGo(a, b, now) || (a.pod.uid < b.pod.uid ? -1 : 1));
}

function surplus(pods: readonly Pod[], keep: number): number {
  return Math.max(0, pods.length - keep);
}

/** How long after a look the ReplicaSet may make its choice, and how finely that time is looked through, in milliseconds. */
const CHOICE_WITHIN_MS = 3_000;
const CHOICE_STEP_MS = 250;

/**
 * Every pod that may go within the next seconds. More than are too many where an age passes a power of two meanwhile,
 * and where pods are equal in everything, times to the second included: whatever comes first in the controller's list
 * goes then, and its sort may even put it before a pod that neither is compared with.
 */
export function possibleSurplusOfReplicaSet(
  pods: readonly Pod[],
  siblings: readonly Pod[],
  keep: number,
  now: number,
): readonly Pod[] {
  const passes = (time: number | undefined) =>
    time !== undefined && power(now - time) !== power(now + CHOICE_WITHIN_MS - time);
  const changes = pods.some(({ createdAt, detail }) => passes(createdAt) || passes(detail?.readyChangedAt));
  const named = new Set<Pod>();
  for (let ahead = 0; ahead <= (changes ? CHOICE_WITHIN_MS : 0); ahead += CHOICE_STEP_MS) {
    const order = inOrder(pods, siblings, now + ahead);
    const equals = (one: Candidate, other: Candidate): boolean => firstToGo(one, other, now + ahead) === 0;
    for (const { pod } of upToEquals(order, surplus(pods, keep), equals)) named.add(pod);
  }
  return [...named];
}

/** The first so many, and all up to the last that equals one of them, or one between: equals may change places, and push others on. */
function upToEquals(
  order: readonly Candidate[],
  count: number,
  equals: (one: Candidate, other: Candidate) => boolean,
): readonly Candidate[] {
  for (let end = count; ; ) {
    const first = order.slice(0, end);
    const last = order.findLastIndex((candidate) => first.some((goes) => equals(goes, candidate)));
    if (last < end) return first;
    end = last + 1;
  }
}

/**
 * Every pod that a Job may delete to come down to `keep`: as a ReplicaSet chooses, but by neither cost nor nodes, and by
 * plain ages (controller_utils.go, ActivePods.Less). More than are too many where pods are equal in everything.
 */
export function possibleSurplusOfJob(pods: readonly Pod[], keep: number): readonly Pod[] {
  const order = [...pods].sort((a, b) => firstToGoInJob(a, b) || (a.uid < b.uid ? -1 : 1));
  const first = order.slice(0, surplus(pods, keep));
  const last = order.findLastIndex((pod) => first.some((goes) => firstToGoInJob(goes, pod) === 0));
  return order.slice(0, last + 1);
}

function firstToGoInJob(a: Pod, b: Pod): number {
  const later = (one: number | undefined, other: number | undefined): number =>
    (other ?? Number.MAX_SAFE_INTEGER) - (one ?? Number.MAX_SAFE_INTEGER);
  const differences = [
    ...byState(a, b),
    isReady(a) && isReady(b) ? later(a.detail?.readyChangedAt, b.detail?.readyChangedAt) : 0,
    mostRestarts(b) - mostRestarts(a),
    later(a.createdAt, b.createdAt),
  ];
  return differences.find((difference) => difference !== 0) ?? 0;
}

function byState(a: Pod, b: Pod): readonly number[] {
  return [
    Number(a.nodeName !== undefined) - Number(b.nodeName !== undefined),
    PHASE_ORDER[phaseOf(a)] - PHASE_ORDER[phaseOf(b)],
    Number(isReady(a)) - Number(isReady(b)),
  ];
}

function firstToGo(a: Candidate, b: Candidate, now: number): number {
  const differences = [
    ...byState(a.pod, b.pod),
    costOf(a.pod) - costOf(b.pod),
    b.rank - a.rank,
    isReady(a.pod) && isReady(b.pod)
      ? byLogarithmicAge(a.pod, b.pod, a.pod.detail?.readyChangedAt, b.pod.detail?.readyChangedAt, now)
      : 0,
    mostRestarts(b.pod) - mostRestarts(a.pod),
    byLogarithmicAge(a.pod, b.pod, a.pod.createdAt, b.pod.createdAt, now),
  ];
  return differences.find((difference) => difference !== 0) ?? 0;
}

/** Negative: `a` goes first. The younger power of two goes first; within one, the smaller uid; equal times decide nothing. */
function byLogarithmicAge(a: Pod, b: Pod, aTime: number | undefined, bTime: number | undefined, now: number): number {
  if (aTime === bTime) return 0;
  // A pod without the time is taken as the youngest.
  if (aTime === undefined) return -1;
  if (bTime === undefined) return 1;
  const difference = power(now - aTime) - power(now - bTime);
  return difference !== 0 ? difference : a.uid < b.uid ? -1 : 1;
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

function mostRestarts(pod: Pod): number {
  return Math.max(0, ...(pod.detail?.containers ?? []).map(({ restarts }) => restarts));
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
