import { DELETION_COST } from '../../rotation/marks.ts';
import type { Container, Pod } from '../../rotation/snapshot.ts';

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
export function possibleSurplusOfJob(pods: readonly Pod[], keep: number): readonly Pod[] {
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
