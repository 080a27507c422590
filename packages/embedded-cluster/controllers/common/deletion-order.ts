import { deletionCostAnnotation, isReady, type Pod, readySince } from '../../api/pod.ts';
import { timeOf } from '../../api/time.ts';

/**
 * Sorts pods in the order in which a ReplicaSet deletes them (controller_utils.go, ActivePodsWithRanks.Less):
 *
 *  1. without a node
 *  2. phase Pending, then Unknown, then Running
 *  3. not ready
 *  4. lower deletion cost
 *  5. higher rank
 *  6. ready for less time
 *  7. more restarts of a container, then of a sidecar
 *  8. created later
 *
 * In 6 and 8 ages are compared by their order of magnitude, floor(log2(nanoseconds)). Within one the smaller uid comes
 * first, and the later criteria do not count: with 40 and 50 minutes the smaller uid goes (2^41 ns = 37 min), with 30
 * and 40 minutes the younger pod.
 *
 * `rankOf` returns how many active pods share the pod's node.
 */
export function inDeletionOrder(pods: readonly Pod[], rankOf: (pod: Pod) => number, now: number): Pod[] {
  const byMagnitude: ByTime = (a, b, since, otherSince) =>
    magnitude(now - since) - magnitude(now - otherSince) || (a.metadata.uid < b.metadata.uid ? -1 : 1);
  return sorted(pods, byMagnitude, [by(deletionCost), by((pod) => -rankOf(pod))]);
}

/** The order of a Job (controller_utils.go, ActivePods.Less): without cost and rank, and with exact ages. */
export function inDeletionOrderOfJob(pods: readonly Pod[]): Pod[] {
  return sorted(pods, (_a, _b, since, otherSince) => otherSince - since, []);
}

function sorted(pods: readonly Pod[], compareTimes: ByTime, more: readonly Order[]): Pod[] {
  /** A missing time counts as the latest (afterOrZero). */
  const byTime = (sinceOf: (pod: Pod) => number) => (a: Pod, b: Pod) => {
    const [since, otherSince] = [sinceOf(a), sinceOf(b)];
    if (since === otherSince) return 0;
    if (since === 0 || otherSince === 0) return since === 0 ? -1 : 1;
    return compareTimes(a, b, since, otherSince);
  };
  const orders: Order[] = [
    by(({ spec }) => (spec.nodeName ? 1 : 0)),
    // Other phases rank as 0: Go's map gives the zero value.
    by(({ status }) => phaseOrder[status.phase ?? ''] ?? 0),
    by((pod) => (isReady(pod) ? 1 : 0)),
    ...more,
    byTime(readySince),
    by(({ status }) => -maxRestarts(status.containerStatuses)),
    by((pod) => -maxSidecarRestarts(pod)),
    byTime(({ metadata }) => timeOf(metadata.creationTimestamp)),
  ];
  return pods.toSorted((a, b) => orders.reduce((decided, order) => decided || order(a, b), 0));
}

/** Below 0 when the first pod goes before the second. */
type Order = (a: Pod, b: Pod) => number;
/** An order of two pods by their times, which differ, and none of which is missing. */
type ByTime = (a: Pod, b: Pod, since: number, otherSince: number) => number;

/** The pod with the lower number goes first. */
function by(numberOf: (pod: Pod) => number): Order {
  return (a, b) => numberOf(a) - numberOf(b);
}

const phaseOrder: Record<string, number> = { Pending: 0, Unknown: 1, Running: 2 };

function magnitude(ageMs: number): number {
  return ageMs > 0 ? Math.floor(Math.log2(ageMs * 1e6)) : -1;
}

/** An int32 as text; missing or malformed counts as 0 (GetDeletionCostFromPodAnnotations). */
export function deletionCost(pod: Pod): number {
  const written = pod.metadata.annotations?.[deletionCostAnnotation];
  if (written === undefined || !/^(0|-?[1-9]\d*)$/.test(written)) return 0;
  const cost = Number(written);
  return cost >= -(2 ** 31) && cost < 2 ** 31 ? cost : 0;
}

function maxSidecarRestarts({ spec, status }: Pod): number {
  const isSidecar = new Map(spec.initContainers?.map(({ name, restartPolicy }) => [name, restartPolicy === 'Always']));
  return maxRestarts(status.initContainerStatuses?.filter(({ name }) => isSidecar.get(name)));
}

function maxRestarts(statuses: Pod['status']['containerStatuses'] = []): number {
  return Math.max(0, ...statuses.map(({ restartCount }) => restartCount));
}
