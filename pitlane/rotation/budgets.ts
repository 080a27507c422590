import { isReadyItself, memberLabels } from './membership.ts';
import { matches, type Selector, selectorOf, selectorOfLabelSelector } from './selector.ts';
import type { Budget, ObjectRef, Pod, Snapshot } from './snapshot.ts';
import { isActive, isBuiltIn, isOfWorkload, nameOf, type Workload } from './workload.ts';

/** The pods of the snapshot that a budget counts. */
interface Coverage {
  readonly pods: readonly Pod[];
  readonly healthy: number;
  /** The snapshot is sure to hold every pod that the budget selects. */
  readonly isWhole: boolean;
}

/** Pods that the budget's selector matches; whole when the selector has every requirement of one of our own queries. */
export function coverage(snapshot: Snapshot, selector: Selector, workload: Workload | undefined): Coverage {
  const pods = snapshot.pods.filter((pod) => matches(selector, pod.labels) && isActive(pod));
  const base = memberLabels(snapshot.service, snapshot.policy);
  const queries = [
    ...(base ? [selectorOf(base)] : []),
    ...(workload?.owner?.selector ? [selectorOfLabelSelector(workload.owner.selector)] : []),
  ];
  const asksFor = new Set(selector.map((requirement) => JSON.stringify(requirement)));
  return {
    pods,
    healthy: pods.filter((pod) => isReadyItself(snapshot, pod)).length,
    isWhole: queries.some((query) => query.every((requirement) => asksFor.has(JSON.stringify(requirement)))),
  };
}

/**
 * The number of disruptions that the budget still allows: counted from pods where all of them were read, otherwise from its status,
 * which lags (disruption.go, updatePdbStatus). A percentage is of the pods that the controllers want, rounded up: 3 of 4
 * must stay with minAvailable 75%, and with maxUnavailable 25%.
 */
export function disruptionsLeft(
  snapshot: Snapshot,
  budget: Budget,
  { pods, healthy: counted, isWhole }: Coverage,
  workload: Workload | undefined,
): { readonly left: number; readonly healthy: number; readonly mustStay: number } {
  const healthy = isWhole ? counted : budget.status.currentHealthy;
  const root = workload?.root;
  // Kubernetes does not count pods without a controller as expected.
  const isOneWorkload = pods.every((pod) => pod.owner === undefined || isOfWorkload(snapshot, workload, pod));
  const expected = isWhole && isOneWorkload ? root?.desired : undefined;
  const mustStay = mustStayOf(budget, expected) ?? budget.status.desiredHealthy;
  return { left: isWhole ? Math.max(0, healthy - mustStay) : budget.status.disruptionsAllowed, healthy, mustStay };
}

/** Owners that have the scale subresource, and so a desired number of pods. */
const SCALED = ['ReplicaSet', 'ReplicationController', 'StatefulSet'];

/**
 * Why Kubernetes does not know how many pods the budget expects, as a clause; undefined: it does. Every budget but a
 * number for `minAvailable` depends on what the pods' controllers want (disruption.go, getExpectedScale).
 */
export function uncountableReason({ minAvailable }: Budget, { pods, isWhole }: Coverage, pod: Pod): string | undefined {
  if (typeof minAvailable === 'number') return undefined;
  const all = [pod, ...pods];
  if (all.every(({ owner, isGuarded }) => owner === undefined && !isGuarded) && isWhole)
    return 'its pods have no controller';
  const unscaled = unscaledOwner(all);
  if (unscaled !== undefined) return `${nameOf(unscaled)} has no scale subresource`;
  const guarded = all.find(({ isGuarded }) => isGuarded);
  return guarded && `${guarded.name} has a Service as its controller`;
}

/** An owner of the pods whose desired number Kubernetes can't ask for. */
export function unscaledOwner(pods: readonly Pod[]): ObjectRef | undefined {
  return pods.flatMap(({ owner }) => owner ?? []).find((owner) => !SCALED.includes(owner.kind) || !isBuiltIn(owner));
}

function mustStayOf({ minAvailable, maxUnavailable }: Budget, expected: number | undefined): number | undefined {
  if (typeof minAvailable === 'number') return minAvailable;
  if (expected === undefined) return undefined;
  const part = (value: number | string): number =>
    typeof value === 'number' ? value : Math.ceil((Number.parseInt(value, 10) * expected) / 100);
  if (minAvailable !== undefined) return part(minAvailable);
  return maxUnavailable === undefined ? undefined : Math.max(0, expected - part(maxUnavailable));
}
