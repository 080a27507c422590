import type { KubeObject } from '../api/api.ts';
import { matchesLabels, matchesSelector } from '../api/label-selector.ts';
import { asPods, isActive, isAvailable, isReady, isTerminating, nextAvailableInMs, type Pod } from '../api/pod.ts';
import { attempt, type Controller, type Environment, type WakeAfter } from './common/controller.ts';
import { inDeletionOrder } from './common/deletion-order.ts';
import { controllerOf } from './common/informers.ts';
import { ownedBy, selectorOf } from './common/owned.ts';
import { burstReplicas, inSlowStartBatches, podControl } from './common/pod-control.ts';
import { withCondition, withoutCondition, writeStatus } from './common/status.ts';

type Kind = 'ReplicaSet' | 'ReplicationController';

/** Keeps the desired number of pods (k/replicaset/replica_set.go, whose header tells how the two kinds differ). */
export function replicaSetController(environment: Environment, kind: Kind): Controller {
  const { api, informers } = environment;
  const isReplicaSet = kind === 'ReplicaSet';
  const resource = isReplicaSet ? 'replicasets' : 'replicationcontrollers';
  const component = isReplicaSet ? 'replicaset-controller' : 'replication-controller';
  const owned = ownedBy(environment, { kind, resource, owned: 'pods' });
  const pods = podControl(environment, component);

  function sync(set: KubeObject, wakeAfter: WakeAfter): void {
    const now = api.now();
    const claimed = owned.claim<Pod>(set, isActive);
    const selector = selectorOf(set);
    const terminating = asPods(informers.controlledBy('pods', set.metadata.uid)).filter(
      (pod) => isTerminating(pod) && matchesSelector(selector, pod.metadata.labels),
    );
    const isEnding = set.metadata.deletionTimestamp !== undefined;
    // Adoption and the deletion of the surplus are one sync: no client can set a deletion cost in between.
    const failure = isEnding ? undefined : attempt(() => manage(set, claimed, now));
    const { minReadySeconds = 0, template } = set.spec;
    const templateLabels = template.metadata?.labels ?? {};
    // calculateStatus, from the pods before this sync.
    writeStatus(api, resource, set, {
      replicas: claimed.length,
      fullyLabeledReplicas: claimed.filter((pod) => matchesLabels(templateLabels, pod.metadata.labels)).length,
      readyReplicas: claimed.filter(isReady).length,
      availableReplicas: claimed.filter((pod) => isAvailable(pod, minReadySeconds, now)).length,
      observedGeneration: set.metadata.generation,
      // On by default since 1.35, for ReplicaSets only.
      terminatingReplicas: isReplicaSet ? terminating.length : undefined,
      conditions: conditionsOf(set, claimed.length, failure, now),
    });
    if (failure !== undefined) throw failure;
    wakeAfter(nextAvailableInMs(claimed, minReadySeconds, now));
  }

  /** Creates missing pods or deletes surplus ones (manageReplicas). */
  function manage(set: KubeObject, claimed: Pod[], now: number): void {
    const surplus = claimed.length - set.spec.replicas;
    if (surplus < 0) {
      const missing = Math.min(-surplus, burstReplicas);
      inSlowStartBatches(missing, () => pods.create(set, set.spec.template));
    } else if (surplus > 0) {
      const related = relatedByNode(set);
      const rankOf = (pod: Pod) => related.get(pod.spec.nodeName ?? '')?.length ?? 0;
      // As in getPodsToDelete, the order does not matter when all pods go.
      const order = surplus < claimed.length ? inDeletionOrder(claimed, rankOf, now) : claimed;
      pods.deleteAll(set, order.slice(0, Math.min(surplus, burstReplicas)));
    }
  }

  /**
   * The active pods of each node that any ReplicaSet with the same owner selects (getPodsRankedByRelatedPodsOnSameNode).
   * None for a set without an owner, so all its pods have the same rank.
   */
  function relatedByNode(set: KubeObject): Map<string, Pod[]> {
    const owner = controllerOf(set);
    if (owner === undefined) return new Map();
    const selectors = Array.from(informers.controlledBy(resource, owner.uid), selectorOf);
    const related = asPods(informers.inNamespace('pods', set.metadata.namespace)).filter(
      (pod) => isActive(pod) && selectors.some((selector) => matchesSelector(selector, pod.metadata.labels)),
    );
    return Map.groupBy(related, (pod) => pod.spec.nodeName ?? '');
  }

  return { name: component, keysOf: owned.keysOf, reconcile: informers.each(resource, sync) };
}

/** Sets the condition ReplicaFailure while creating or deleting fails; keeps other conditions. */
function conditionsOf(set: KubeObject, count: number, failure: unknown, now: number): Pod['status']['conditions'] {
  const conditions: Pod['status']['conditions'] = set.status?.conditions;
  const type = 'ReplicaFailure';
  if (failure === undefined) return conditions && withoutCondition(conditions, type);
  if (conditions?.some((each) => each.type === type)) return conditions;
  const reason = count < set.spec.replicas ? 'FailedCreate' : 'FailedDelete';
  const { message } = failure as Error;
  return withCondition(conditions, { type, status: 'True', reason, message }, now);
}
