import { isPodReady, memberLabels } from './membership.ts';
import { matches, type Selector, selectorOf, selectorOfLabelSelector } from './selector.ts';
import type { Budget, Pod, Snapshot } from './snapshot.ts';
import { isActive, selects, type Workload } from './workload.ts';

/** The pods that a budget counts, as far as the snapshot holds them. */
interface Coverage {
  readonly pods: readonly Pod[];
  readonly healthy: number;
  /** Whether the snapshot is sure to hold every pod that the budget selects. */
  readonly isWhole: boolean;
}

/** Pods that the budget's selector matches; whole when the selector asks for everything that one of our own queries asked for. */
export function coverage(snapshot: Snapshot, selector: Selector, workload: Workload | undefined): Coverage {
  // An endpoint can be ready without its pod being so (publishNotReadyAddresses); serving is the pod's own condition.
  const notServing = new Set(snapshot.endpoints.filter(({ isServing }) => !isServing).map(({ pod }) => pod?.uid));
  const pods = snapshot.pods.filter((pod) => matches(selector, pod.labels) && isActive(pod));
  const base = memberLabels(snapshot.service, snapshot.policy);
  const queries = [
    ...(base ? [selectorOf(base)] : []),
    ...(workload?.owner?.selector ? [selectorOfLabelSelector(workload.owner.selector)] : []),
  ];
  const asksFor = new Set(selector.map((requirement) => JSON.stringify(requirement)));
  return {
    pods,
    healthy: pods.filter((pod) => isPodReady(pod, new Set()) && !notServing.has(pod.uid)).length,
    isWhole: queries.some((query) => query.every((requirement) => asksFor.has(JSON.stringify(requirement)))),
  };
}

/**
 * How many more disruptions the budget bears, counted from pods where all of them were seen and otherwise from its
 * status, which lags (disruption.go, updatePdbStatus). A whole number is taken as it is; a per cent is of the pods that
 * the controllers want, rounded up: 3 of 4 must stay with minAvailable 75%, 3 of 4 with maxUnavailable 25%.
 */
export function disruptionsLeft(
  budget: Budget,
  { pods, healthy: counted, isWhole }: Coverage,
  workload: Workload | undefined,
): { readonly left: number; readonly healthy: number; readonly mustStay: number } {
  const healthy = isWhole ? counted : budget.status.currentHealthy;
  const root = workload?.root;
  const isOneWorkload = root !== undefined && pods.every((pod) => selects(root, pod.labels));
  const expected = isWhole && isOneWorkload ? root.desired : undefined;
  const mustStay = mustStayOf(budget, expected) ?? budget.status.desiredHealthy;
  return { left: Math.max(0, healthy - mustStay), healthy, mustStay };
}

function mustStayOf({ minAvailable, maxUnavailable }: Budget, expected: number | undefined): number | undefined {
  if (typeof minAvailable === 'number') return minAvailable;
  if (expected === undefined) return undefined;
  const part = (value: number | string): number =>
    typeof value === 'number' ? value : Math.ceil((Number.parseInt(value, 10) * expected) / 100);
  if (minAvailable !== undefined) return part(minAvailable);
  return maxUnavailable === undefined ? undefined : Math.max(0, expected - part(maxUnavailable));
}
