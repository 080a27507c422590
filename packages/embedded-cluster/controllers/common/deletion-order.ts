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
  return [...pods].sort((a, b) => (goesBefore(a, b, rankOf, now) ? -1 : goesBefore(b, a, rankOf, now) ? 1 : 0));
}

/** The order of a Job (controller_utils.go, ActivePods.Less): without cost and rank, and with exact ages. */
export function inDeletionOrderOfJob(pods: readonly Pod[]): Pod[] {
  return [...pods].sort((a, b) => (goesBeforeInJob(a, b) ? -1 : goesBeforeInJob(b, a) ? 1 : 0));
}

function goesBeforeInJob(a: Pod, b: Pod): boolean {
  const byState = byStateOf(a, b);
  if (byState !== undefined) return byState;
  const ready = [readySince(a), readySince(b)] as const;
  if (isReady(a) && ready[0] !== ready[1]) return isLater(ready);
  const byRestarts = byRestartsOf(a, b);
  if (byRestarts !== undefined) return byRestarts;
  const created = [timeOf(a.metadata.creationTimestamp), timeOf(b.metadata.creationTimestamp)] as const;
  return created[0] !== created[1] && isLater(created);
}

const phaseOrder: Record<string, number> = { Pending: 0, Unknown: 1, Running: 2 };

function goesBefore(a: Pod, b: Pod, rankOf: (pod: Pod) => number, now: number): boolean {
  const byState = byStateOf(a, b);
  if (byState !== undefined) return byState;
  const costs = [deletionCost(a), deletionCost(b)] as const;
  if (costs[0] !== costs[1]) return costs[0] < costs[1];
  const ranks = [rankOf(a), rankOf(b)] as const;
  if (ranks[0] !== ranks[1]) return ranks[0] > ranks[1];
  const ready = [readySince(a), readySince(b)] as const;
  if (isReady(a) && ready[0] !== ready[1]) return isYounger(a, b, ready, now);
  const byRestarts = byRestartsOf(a, b);
  if (byRestarts !== undefined) return byRestarts;
  const created = [timeOf(a.metadata.creationTimestamp), timeOf(b.metadata.creationTimestamp)] as const;
  return created[0] !== created[1] && isYounger(a, b, created, now);
}

/** Criteria 1 to 3; undefined: equal. */
function byStateOf(a: Pod, b: Pod): boolean | undefined {
  const assigned = [Boolean(a.spec.nodeName), Boolean(b.spec.nodeName)];
  if (assigned[0] !== assigned[1]) return !assigned[0];
  // Other phases rank as 0: Go's map gives the zero value.
  const phases = [phaseOrder[a.status.phase ?? ''] ?? 0, phaseOrder[b.status.phase ?? ''] ?? 0] as const;
  if (phases[0] !== phases[1]) return phases[0] < phases[1];
  return isReady(a) === isReady(b) ? undefined : !isReady(a);
}

/** Criterion 7; undefined: equal. */
function byRestartsOf(a: Pod, b: Pod): boolean | undefined {
  const restarts = [maxRestarts(a), maxRestarts(b)] as const;
  if (restarts[0] !== restarts[1]) return restarts[0] > restarts[1];
  const sidecarRestarts = [maxSidecarRestarts(a), maxSidecarRestarts(b)] as const;
  return sidecarRestarts[0] === sidecarRestarts[1] ? undefined : sidecarRestarts[0] > sidecarRestarts[1];
}

/** A missing time counts as the latest (afterOrZero). */
function isLater([since, otherSince]: readonly [number, number]): boolean {
  if (since === 0 || otherSince === 0) return since === 0;
  return since > otherSince;
}

function isYounger(a: Pod, b: Pod, [since, otherSince]: readonly [number, number], now: number): boolean {
  if (since === 0 || otherSince === 0) return isLater([since, otherSince]);
  const difference = magnitude(now - since) - magnitude(now - otherSince);
  return difference === 0 ? a.metadata.uid < b.metadata.uid : difference < 0;
}

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

function maxRestarts(pod: Pod): number {
  return Math.max(0, ...(pod.status.containerStatuses ?? []).map((status) => status.restartCount));
}

function maxSidecarRestarts(pod: Pod): number {
  const sidecars = new Set(
    pod.spec.initContainers?.filter(({ restartPolicy }) => restartPolicy === 'Always').map(({ name }) => name),
  );
  const statuses = (pod.status.initContainerStatuses ?? []).filter(({ name }) => sidecars.has(name));
  return Math.max(0, ...statuses.map((status) => status.restartCount));
}
