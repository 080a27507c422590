import type { ApiEvent, KubeObject } from '../../api/api.ts';
import { ApiError } from '../../api/api-error.ts';
import { matchesSelector } from '../../api/label-selector.ts';
import { asPods, isReady, isTerminating, type Pod } from '../../api/pod.ts';
import { timeOf } from '../../api/time.ts';
import type { Controller, Environment, Requeue } from '../common/controller.ts';
import { keyOf } from '../common/informers.ts';
import { scaledValue } from '../common/rollout-arithmetic.ts';
import { withCondition, writeStatus } from '../common/status.ts';
import { expectedScale } from './scale.ts';

const component = 'controllermanager';

/** How long an evicted pod counts as gone while it is not terminating yet (disruption.go, DeletionTimeout). */
const deletionTimeoutMs = 120_000;

interface NewCondition {
  status: string;
  reason: string;
  message: string;
  observedGeneration: number | undefined;
}

interface Expectation {
  expected: number;
  desiredHealthy: number;
  unmanaged: readonly Pod[];
}

/**
 * Computes how many pods of a PodDisruptionBudget may be evicted (k/disruption/disruption.go). Owners do not matter: a
 * drained pod that is ready and still matches counts as healthy.
 */
export function disruptionController(environment: Environment): Controller {
  const { api, informers, events } = environment;

  function reconcile(key: string, queue: Requeue): void {
    const budget = informers.getByKey('poddisruptionbudgets', key);
    if (budget === undefined) return;
    try {
      sync(budget, (delayMs) => queue.addAfter(key, delayMs));
    } catch (error) {
      if (error instanceof ApiError && error.reason === 'Conflict') throw error;
      failSafe(budget, error);
    }
  }

  function sync(budget: KubeObject, wakeAfter: (delayMs: number) => void): void {
    const pods = asPods(informers.inNamespace('pods', budget.metadata.namespace)).filter((pod) =>
      matchesSelector(budget.spec.selector, pod.metadata.labels),
    );
    if (pods.length === 0) events.record(component, budget, 'Normal', 'NoPods', 'No matching pods found');
    const { expected, desiredHealthy, unmanaged } = expectationOf(budget, pods);
    if (unmanaged.length > 0) {
      const message =
        `Pods selected by this PodDisruptionBudget (selector: ${describeSelector(budget)}) were found to be unmanaged. ` +
        'As a result, the status of the PDB cannot be calculated correctly, which may result in undefined behavior. ' +
        'To account for these pods please set ".spec.minAvailable" field of the PDB to an integer value.';
      events.record(component, budget, 'Warning', 'UnmanagedPods', message);
    }
    const disruptedPods = stillDisrupted(budget, pods, wakeAfter);
    const currentHealthy = pods.filter(
      (pod) => !isTerminating(pod) && disruptedPods[pod.metadata.name] === undefined && isReady(pod),
    ).length;
    const disruptionsAllowed = expected <= 0 ? 0 : Math.max(0, currentHealthy - desiredHealthy);
    const condition =
      disruptionsAllowed > 0
        ? { status: 'True', reason: 'SufficientPods', message: '' }
        : { status: 'False', reason: 'InsufficientPods', message: '' };
    const observedGeneration = budget.metadata.generation;
    writeStatus(api, resourceOfBudgets, budget, {
      observedGeneration,
      ...(Object.keys(disruptedPods).length > 0 && { disruptedPods }),
      disruptionsAllowed,
      currentHealthy,
      desiredHealthy,
      expectedPods: expected,
      conditions: conditionsWith(budget, { ...condition, observedGeneration }),
    });
  }

  /**
   * getExpectedPodCount. An integer minAvailable expects the existing pods; a percentage, and any maxUnavailable,
   * expects the scale of the pods' controllers. Percentages round up: 50 % of 3 is 2.
   */
  function expectationOf(budget: KubeObject, pods: readonly Pod[]): Expectation {
    const { minAvailable, maxUnavailable } = budget.spec;
    if (maxUnavailable === undefined || maxUnavailable === null) {
      if (typeof minAvailable !== 'string') {
        return { expected: pods.length, desiredHealthy: minAvailable ?? 0, unmanaged: [] };
      }
    }
    try {
      const { scale: expected, unmanaged } = expectedScale(informers, pods);
      const desiredHealthy =
        typeof maxUnavailable === 'number' || typeof maxUnavailable === 'string'
          ? Math.max(0, expected - scaledValue(maxUnavailable, expected, 'up'))
          : scaledValue(minAvailable, expected, 'up');
      return { expected, desiredHealthy, unmanaged };
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      const message = `Failed to calculate the number of expected pods: ${why}`;
      events.record(component, budget, 'Warning', 'CalculateExpectedPodCountFailed', message);
      throw error;
    }
  }

  /** The evicted pods that are not terminating yet; they count again after two minutes (buildDisruptedPodMap). */
  function stillDisrupted(
    budget: KubeObject,
    pods: readonly Pod[],
    wakeAfter: (delayMs: number) => void,
  ): Record<string, string> {
    const disrupted: Record<string, string> = {};
    for (const pod of pods) {
      const at: string | undefined = budget.status?.disruptedPods?.[pod.metadata.name];
      if (at === undefined || isTerminating(pod)) continue;
      const left = timeOf(at) + deletionTimeoutMs - api.now();
      if (left >= 0) {
        disrupted[pod.metadata.name] = at;
        wakeAfter(left + 1);
      } else {
        const { namespace } = budget.metadata;
        const message = `Pod was expected by PDB ${namespace}/${namespace} to be deleted but it wasn't`;
        events.record(component, pod, 'Warning', 'NotDeleted', message);
      }
    }
    return disrupted;
  }

  /** Allows no evictions after an error. */
  function failSafe(budget: KubeObject, error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    const observedGeneration = budget.status?.observedGeneration;
    const condition = { status: 'False', reason: 'SyncFailed', message, observedGeneration };
    const conditions = conditionsWith(budget, condition);
    writeStatus(api, resourceOfBudgets, budget, { ...budget.status, disruptionsAllowed: 0, conditions });
  }

  function conditionsWith(budget: KubeObject, condition: NewCondition): object[] {
    return withCondition(budget.status?.conditions, { type: 'DisruptionAllowed', ...condition }, api.now());
  }

  function* keysOf({ resource, object, previous }: ApiEvent): Iterable<string> {
    const { namespace } = object.metadata;
    if (resource === 'poddisruptionbudgets') {
      yield keyOf(object);
    } else if (resource === 'pods') {
      for (const budget of informers.inNamespace(resourceOfBudgets, namespace)) {
        // As in disruption.go, updatePod, the budget of a pod that stops matching is not updated.
        if (matchesSelector(budget.spec.selector, object.metadata.labels)) yield keyOf(budget);
      }
    } else if (scaled.has(resource) && previous?.spec.replicas !== object.spec.replicas) {
      for (const budget of informers.inNamespace(resourceOfBudgets, namespace)) yield keyOf(budget);
    }
  }

  return { name: 'disruption-controller', keysOf, reconcile };
}

const resourceOfBudgets = 'poddisruptionbudgets';
const scaled = new Set(['deployments', 'replicasets', 'statefulsets', 'replicationcontrollers']);

/** Prints the selector as Go prints a *metav1.LabelSelector. */
function describeSelector(budget: KubeObject): string {
  const { matchLabels = {}, matchExpressions = [] } = budget.spec.selector ?? {};
  const labels = Object.entries(matchLabels).map(([key, value]) => `${key}: ${value},`);
  const expressions = matchExpressions.map(
    ({ key, operator, values = [] }: { key: string; operator: string; values?: string[] }) =>
      `LabelSelectorRequirement{Key:${key},Operator:${operator},Values:[${values.join(' ')}],},`,
  );
  const listed = `[]LabelSelectorRequirement{${expressions.join('')}}`;
  return `&LabelSelector{MatchLabels:map[string]string{${labels.join('')}},MatchExpressions:${listed},}`;
}
