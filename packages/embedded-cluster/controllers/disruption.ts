import type { ApiEvent, KubeObject, OwnerReference } from '../api/api.ts';
import { groupResource } from '../api/api-error.ts';
import { kindInAnyVersion } from '../api/kinds.ts';
import { goText, matchesSelector } from '../api/label-selector.ts';
import { asPods, isReady, isTerminating, type Pod } from '../api/pod.ts';
import { timeOf } from '../api/time.ts';
import { type Controller, type Environment, SyncError, type WakeAfter } from './common/controller.ts';
import { controllerOf, keyOf } from './common/informers.ts';
import { scaledValue } from './common/rollout-arithmetic.ts';
import { withCondition, writeStatus } from './common/status.ts';

const component = 'controllermanager';
const resource = 'poddisruptionbudgets';
const scaled = new Set(['deployments', 'replicasets', 'statefulsets', 'replicationcontrollers']);

/** How long an evicted pod counts as gone while it is not terminating yet (disruption.go, DeletionTimeout). */
const deletionTimeoutMs = 120_000;

/**
 * Computes how many pods of a PodDisruptionBudget may be evicted (k/disruption/disruption.go). Owners do not matter: a
 * drained pod that is ready and still matches counts as healthy.
 */
export function disruptionController(environment: Environment): Controller {
  const { api, informers, events } = environment;

  function sync(budget: KubeObject, wakeAfter: WakeAfter): void {
    const pods = asPods(informers.inNamespace('pods', budget.metadata.namespace)).filter((pod) =>
      matchesSelector(budget.spec.selector, pod.metadata.labels),
    );
    if (pods.length === 0) events.record(component, budget, 'Normal', 'NoPods', 'No matching pods found');
    try {
      const [expectedPods, desiredHealthy] = expectationOf(budget, pods);
      const disruptedPods = stillDisrupted(budget, pods, wakeAfter);
      const healthy = pods.filter((pod) => !isTerminating(pod) && !disruptedPods[pod.metadata.name] && isReady(pod));
      const currentHealthy = healthy.length;
      const disruptionsAllowed = expectedPods <= 0 ? 0 : Math.max(0, currentHealthy - desiredHealthy);
      const counts = { disruptedPods, disruptionsAllowed, currentHealthy, desiredHealthy, expectedPods };
      const status = { observedGeneration: budget.metadata.generation, ...counts };
      write(budget, status, disruptionsAllowed > 0 ? 'SufficientPods' : 'InsufficientPods');
    } catch (error) {
      // Allows no evictions after an error (failSafe).
      write(budget, { ...budget.status, disruptionsAllowed: 0 }, 'SyncFailed', (error as Error).message);
    }
  }

  /**
   * getExpectedPodCount. An integer minAvailable expects the existing pods; a percentage, and any maxUnavailable,
   * expects the scale of the pods' controllers. Percentages round up: 50 % of 3 is 2.
   */
  function expectationOf(budget: KubeObject, pods: readonly Pod[]): [expectedPods: number, desiredHealthy: number] {
    const { minAvailable = 0, maxUnavailable } = budget.spec;
    if (maxUnavailable === undefined && typeof minAvailable === 'number') return [pods.length, minAvailable];
    let expectedPods: number;
    try {
      expectedPods = expectedScale(pods);
    } catch (error) {
      const message = `Failed to calculate the number of expected pods: ${(error as Error).message}`;
      events.record(component, budget, 'Warning', 'CalculateExpectedPodCountFailed', message);
      throw error;
    }
    if (!pods.every(controllerOf)) {
      const message =
        `Pods selected by this PodDisruptionBudget (selector: ${goText(budget.spec.selector)}) were found to be unmanaged. ` +
        'As a result, the status of the PDB cannot be calculated correctly, which may result in undefined behavior. ' +
        'To account for these pods please set ".spec.minAvailable" field of the PDB to an integer value.';
      events.record(component, budget, 'Warning', 'UnmanagedPods', message);
    }
    if (maxUnavailable === undefined) return [expectedPods, scaledValue(minAvailable, expectedPods, 'up')];
    return [expectedPods, Math.max(0, expectedPods - scaledValue(maxUnavailable, expectedPods, 'up'))];
  }

  /**
   * The total scale of the pods' controllers, without pods that have none (getExpectedScale). Throws for a controller
   * without a scale, so one such pod fails the whole budget.
   */
  function expectedScale(pods: readonly Pod[]): number {
    const owners = pods.flatMap((pod) => {
      const reference = controllerOf(pod);
      return reference === undefined ? [] : scaledOwnerOf(pod, reference);
    });
    return [...new Set(owners)].reduce((sum, { spec }) => sum + spec.replicas, 0);
  }

  /** The object whose replicas count: the Deployment for a ReplicaSet that it owns. */
  function scaledOwnerOf({ metadata: { namespace, name } }: Pod, reference: OwnerReference): KubeObject {
    const { apiVersion, kind } = reference;
    const served = kindInAnyVersion(apiVersion, kind);
    if (served === undefined) throw new SyncError(`no matches for kind "${kind}" in version "${apiVersion}"`);
    if (!served.scale) throw new SyncError(`${groupResource(served)} does not implement the scale subresource`);
    const owner = informers.referredTo(served.resource, namespace, reference);
    const root = owner?.kind === 'ReplicaSet' ? controllerOf(owner) : undefined;
    const scaled = root?.kind === 'Deployment' ? informers.referredTo('deployments', namespace, root) : owner;
    if (scaled === undefined) throw new SyncError(`found no controllers for pod "${name}"`);
    return scaled;
  }

  /** The evicted pods that are not terminating yet; they count again after two minutes (buildDisruptedPodMap). */
  function stillDisrupted(budget: KubeObject, pods: readonly Pod[], wakeAfter: WakeAfter): Record<string, string> {
    const { namespace } = budget.metadata;
    const message = `Pod was expected by PDB ${namespace}/${namespace} to be deleted but it wasn't`;
    const disrupted: Record<string, string> = {};
    for (const pod of pods) {
      const at: string | undefined = budget.status?.disruptedPods?.[pod.metadata.name];
      if (at === undefined || isTerminating(pod)) continue;
      const left = timeOf(at) + deletionTimeoutMs - api.now();
      if (left < 0) {
        events.record(component, pod, 'Warning', 'NotDeleted', message);
      } else {
        disrupted[pod.metadata.name] = at;
        wakeAfter(left + 1);
      }
    }
    return disrupted;
  }

  function write(budget: KubeObject, status: KubeObject['status'], reason: string, message = ''): void {
    const { observedGeneration, disruptionsAllowed } = status;
    const is = disruptionsAllowed > 0 ? 'True' : 'False';
    const condition = { type: 'DisruptionAllowed', status: is, reason, message, observedGeneration };
    const conditions = withCondition(budget.status?.conditions, condition, api.now());
    writeStatus(api, resource, budget, { ...status, conditions });
  }

  function* keysOf({ resource: changed, object, previous }: ApiEvent): Iterable<string> {
    const { namespace } = object.metadata;
    if (changed === resource) {
      yield keyOf(object);
    } else if (changed === 'pods') {
      for (const budget of informers.inNamespace(resource, namespace)) {
        // As in disruption.go, updatePod, the budget of a pod that stops matching is not updated.
        if (matchesSelector(budget.spec.selector, object.metadata.labels)) yield keyOf(budget);
      }
    } else if (scaled.has(changed) && previous?.spec.replicas !== object.spec.replicas) {
      for (const budget of informers.inNamespace(resource, namespace)) yield keyOf(budget);
    }
  }

  return { name: 'disruption-controller', keysOf, reconcile: informers.each(resource, sync) };
}
