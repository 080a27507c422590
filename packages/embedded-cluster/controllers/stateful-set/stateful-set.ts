import type { KubeObject, NewObject } from '../../api/api.ts';
import { ApiError } from '../../api/api-error.ts';
import { isEqual } from '../../api/json.ts';
import { matchesSelector } from '../../api/label-selector.ts';
import { asPods, isAvailable, isReady, isTerminal, isTerminating, nextAvailableInMs, type Pod } from '../../api/pod.ts';
import {
  attempt,
  type Controller,
  type Environment,
  remove as removeObject,
  type WakeAfter,
} from '../common/controller.ts';
import { ownedBy, patchMetadata } from '../common/owned.ts';
import { inSlowStartBatches } from '../common/pod-control.ts';
import { type History, historyOf, revisionOf, truncateHistory } from '../common/revisions.ts';
import { writeStatus } from '../common/status.ts';
import { claimOwners, claimsFor, missingIdentity, ordinalOf, statefulPod } from './pod.ts';

const component = 'statefulset-controller';

/**
 * Keeps pods with stable names, by default one after the other (k/statefulset/stateful_set_control.go). It claims by
 * selector and name. A released pod keeps its name, so its replacement is refused (AlreadyExists, without an Event).
 * Each sync ends there, so scaling and updates stall, too.
 */
export function statefulSetController(environment: Environment): Controller {
  const { api, informers, events } = environment;
  const owned = ownedBy(environment, {
    kind: 'StatefulSet',
    resource: 'statefulsets',
    owned: 'pods',
    mayOwn: (set, pod) => !Number.isNaN(ordinalOf(set, pod)),
  });

  function sync(set: KubeObject, wakeAfter: WakeAfter): void {
    const pods = owned.claim<Pod>(set);
    const history = historyOf(environment, set);
    try {
      if (set.metadata.deletionTimestamp === undefined) advance(set, history, pods);
    } finally {
      writeCounts(set, history, asPods(informers.controlledBy('pods', set.metadata.uid)));
    }
    truncateHistory(environment, set, history, pods);
    wakeAfter(nextAvailableInMs(pods, set.spec.minReadySeconds ?? 0, api.now()));
  }

  /** updateStatefulSet: creates, then scales down, then updates; in order unless podManagementPolicy is Parallel. */
  function advance(set: KubeObject, history: History, pods: Pod[]): void {
    const inOrder = set.spec.podManagementPolicy !== 'Parallel';
    const start: number = set.spec.ordinals?.start ?? 0;
    const byOrdinal = new Map(pods.map((pod) => [ordinalOf(set, pod), pod]));
    const replicas = Array.from({ length: set.spec.replicas }, (_, index) => byOrdinal.get(start + index));
    const condemned = pods
      .filter((pod) => !replicas.includes(pod))
      .sort((a, b) => ordinalOf(set, b) - ordinalOf(set, a));
    const oldestRevision = history.old.find(({ metadata }) => metadata.name === set.status?.currentRevision);
    const { type, rollingUpdate } = set.spec.updateStrategy;
    const currentReplicas: number = rollingUpdate?.partition ?? set.status?.currentReplicas ?? 0;

    /** Reconciles one replica; returns true when the next ones have to wait for it (processReplica). */
    function tendAt(index: number): boolean {
      const pod = replicas[index];
      // Replicas below the partition, or by default below the remaining pods of it, get the current revision.
      const isUpdated = type !== 'RollingUpdate' || index >= currentReplicas;
      const revision = (isUpdated ? undefined : oldestRevision) ?? history.current;
      if (pod === undefined) create(set, start + index, revision);
      else if (isTerminal(pod) && !isTerminating(pod)) remove(set, pod);
      if (pod === undefined || isTerminal(pod)) return true;
      if (pod.status.phase === 'Pending') createClaims(set, start + index);
      if (inOrder && isUnavailable(set, pod)) return true;
      ownClaims(set, pod);
      const labels = missingIdentity(pod, start + index);
      const { namespace, name } = pod.metadata;
      if (labels !== undefined)
        act(set, 'Update', pod, () => api.mergePatch('pods', namespace, name, { metadata: { labels } }));
      return false;
    }

    if (!inOrder) inSlowStartBatches(replicas.length, tendAt);
    else if (replicas.some((_, index) => tendAt(index))) return;
    const isUnhealthy = (pod: Pod | undefined) => pod !== undefined && isUnavailable(set, pod);
    const firstUnhealthy = replicas.find(isUnhealthy) ?? condemned.findLast(isUnhealthy);
    for (const pod of condemned) {
      if (!isTerminating(pod)) {
        if (inOrder && isUnavailable(set, pod) && pod !== firstUnhealthy) return;
        ownClaims(set, pod);
        remove(set, pod);
      }
      if (inOrder) return;
    }
    if (type === 'RollingUpdate') updateNext(set, replicas.slice(rollingUpdate?.partition ?? 0), history.current);
  }

  function create(set: KubeObject, ordinal: number, revision: KubeObject): void {
    createClaims(set, ordinal);
    const pod = statefulPod(set, revision, ordinal);
    act(set, 'Create', pod, () => ownClaims(set, api.create('pods', pod)));
  }

  function remove(set: KubeObject, pod: Pod): void {
    act(set, 'Delete', pod, () => removeObject(api, 'pods', pod));
  }

  /** Records the outcome. No Event for a taken name, only a retry (stateful_pod_control.go, CreateStatefulPod). */
  function act(set: KubeObject, verb: 'Create' | 'Update' | 'Delete', pod: NewObject, action: () => void): void {
    const what = `${verb} Pod ${pod.metadata.name} in StatefulSet ${set.metadata.name}`;
    const error = attempt(action);
    if (error === undefined) events.record(component, set, 'Normal', `Successful${verb}`, `${what} successful`);
    else if (error instanceof ApiError && error.reason !== 'AlreadyExists')
      events.record(component, set, 'Warning', `Failed${verb}`, `${what} failed error: ${error.message}`);
    if (error !== undefined) throw error;
  }

  function createClaims(set: KubeObject, ordinal: number): void {
    for (const volumeClaim of claimsFor(set, ordinal)) {
      const { namespace, name = '' } = volumeClaim.metadata;
      if (informers.get('persistentvolumeclaims', namespace, name) !== undefined) continue;
      api.create('persistentvolumeclaims', volumeClaim);
      const pod = `${set.metadata.name}-${ordinal}`;
      const message = `Create Claim ${name} Pod ${pod} in StatefulSet ${set.metadata.name} success`;
      events.record(component, set, 'Normal', 'SuccessfulCreate', message);
    }
  }

  /** Gives the pod's claims the owner that their retention policy asks for (UpdatePodClaimForRetentionPolicy). */
  function ownClaims(set: KubeObject, pod: KubeObject): void {
    for (const { metadata } of claimsFor(set, ordinalOf(set, pod))) {
      const found = informers.get('persistentvolumeclaims', metadata.namespace, metadata.name ?? '');
      const ownerReferences = found && claimOwners(set, pod, found);
      if (found === undefined || isEqual(ownerReferences, found.metadata.ownerReferences ?? [])) continue;
      patchMetadata(api, 'persistentvolumeclaims', found, { ownerReferences });
    }
  }

  /** Deletes the highest outdated ordinal once all above it are available. */
  function updateNext(set: KubeObject, replicas: readonly (Pod | undefined)[], current: KubeObject): void {
    const isNew = (pod: Pod) => revisionOf(pod) === current.metadata.name;
    const isDone = (pod: Pod | undefined) => pod !== undefined && isNew(pod) && !isUnavailable(set, pod);
    const next = replicas.findLast((pod) => !isDone(pod));
    if (next !== undefined && !isNew(next) && !isTerminating(next)) remove(set, next);
  }

  function isUnavailable(set: KubeObject, pod: Pod): boolean {
    return isTerminating(pod) || !isAvailable(pod, set.spec.minReadySeconds ?? 0, api.now());
  }

  function writeCounts(set: KubeObject, { current }: History, all: readonly Pod[]): void {
    const pods = all.filter((pod) => matchesSelector(set.spec.selector, pod.metadata.labels));
    const minReadySeconds = set.spec.minReadySeconds ?? 0;
    const updateRevision = current.metadata.name;
    const ofRevision = (name: string) => pods.filter((pod) => !isTerminating(pod) && revisionOf(pod) === name).length;
    const ready = pods.filter((pod) => pod.status.phase === 'Running' && isReady(pod));
    // The update is complete when all pods have the new revision (completeRollingUpdate).
    const isComplete =
      set.spec.updateStrategy.type === 'RollingUpdate' &&
      [ofRevision(updateRevision), ready.length, pods.length].every((count) => count === set.spec.replicas);
    const currentRevision = isComplete ? updateRevision : (set.status?.currentRevision ?? updateRevision);
    writeStatus(api, 'statefulsets', set, {
      observedGeneration: set.metadata.generation,
      replicas: pods.length,
      readyReplicas: ready.length,
      currentReplicas: ofRevision(currentRevision),
      updatedReplicas: ofRevision(updateRevision),
      currentRevision,
      updateRevision,
      collisionCount: set.status?.collisionCount ?? 0,
      availableReplicas: ready.filter((pod) => isAvailable(pod, minReadySeconds, api.now())).length,
    });
  }

  return { name: component, keysOf: owned.keysOf, reconcile: informers.each('statefulsets', sync) };
}
