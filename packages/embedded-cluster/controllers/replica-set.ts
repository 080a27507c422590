import type { KubeObject } from '../api/api.ts';
import { type LabelSelector, matchesLabels, matchesSelector } from '../api/label-selector.ts';
import {
  asPod,
  asPods,
  type Condition,
  isActive,
  isAvailable,
  isReady,
  isTerminating,
  nextAvailableInMs,
  type Pod,
} from '../api/pod.ts';
import { attempt, type Controller, type Environment, type Requeue } from './common/controller.ts';
import { inDeletionOrder } from './common/deletion-order.ts';
import { controllerOf, type Informers } from './common/informers.ts';
import { ownedBy } from './common/owned.ts';
import { burstReplicas, inSlowStartBatches, podControl } from './common/pod-control.ts';
import { omitEmpty, withCondition, withoutCondition, writeStatus } from './common/status.ts';

/** The differences between the two kinds that this controller handles (replica_set.go, header). */
interface Flavour {
  kind: 'ReplicaSet' | 'ReplicationController';
  resource: 'replicasets' | 'replicationcontrollers';
  component: string;
  selectorOf(set: KubeObject): LabelSelector;
  /** Has status.terminatingReplicas: on by default since 1.35, for ReplicaSets only. */
  countsTerminating: boolean;
}

export const replicaSets: Flavour = {
  kind: 'ReplicaSet',
  resource: 'replicasets',
  component: 'replicaset-controller',
  selectorOf: (set) => set.spec.selector,
  countsTerminating: true,
};

export const replicationControllers: Flavour = {
  kind: 'ReplicationController',
  resource: 'replicationcontrollers',
  component: 'replication-controller',
  selectorOf: (set) => ({ matchLabels: set.spec.selector }),
  countsTerminating: false,
};

/** Keeps the desired number of pods (k/replicaset/replica_set.go). */
export function replicaSetController(environment: Environment, flavour: Flavour): Controller {
  const { api, informers } = environment;
  const { resource, selectorOf } = flavour;
  const owned = ownedBy(environment, { ...flavour, owned: 'pods' });
  const pods = podControl(environment, flavour.component);

  function reconcile(key: string, queue: Requeue): void {
    const set = informers.getByKey(resource, key);
    if (set === undefined) return;
    const selector = selectorOf(set);
    const now = api.now();
    const claimed = owned.claim(set, owned.candidates<Pod>(set).filter(isActive));
    const terminating = asPods(informers.controlledBy('pods', set.metadata.uid)).filter(
      (pod) => isTerminating(pod) && matchesSelector(selector, pod.metadata.labels),
    ).length;

    // Adoption and the deletion of the surplus are one sync: no client can set a deletion cost in between.
    const failure = set.metadata.deletionTimestamp === undefined ? attempt(() => manage(set, claimed, now)) : undefined;
    const status = statusOf(set, claimed, terminating, failure, now);
    writeStatus(api, resource, set, status);
    if (failure !== undefined) throw failure;
    const wait = nextAvailableInMs(claimed, set.spec.minReadySeconds ?? 0, now);
    if (wait !== undefined) queue.addAfter(key, wait);
  }

  /** Creates missing pods or deletes surplus ones (manageReplicas). */
  function manage(set: KubeObject, claimed: Pod[], now: number): void {
    const surplus = claimed.length - set.spec.replicas;
    if (surplus < 0) {
      const missing = Math.min(-surplus, burstReplicas);
      inSlowStartBatches(missing, () => pods.create(set, set.spec.template));
    } else if (surplus > 0) {
      const ranks = podsPerNode(relatedPods(informers, set, flavour));
      const rankOf = (pod: Pod) => ranks.get(pod.spec.nodeName ?? '') ?? 0;
      // As in getPodsToDelete, the order does not matter when all pods go.
      const order = surplus < claimed.length ? inDeletionOrder(claimed, rankOf, now) : claimed;
      pods.deleteAll(set, order.slice(0, Math.min(surplus, burstReplicas)));
    }
  }

  /** calculateStatus, from the pods before this sync. */
  function statusOf(set: KubeObject, claimed: Pod[], terminating: number, failure: unknown, now: number): object {
    const minReadySeconds = set.spec.minReadySeconds ?? 0;
    const templateLabels = set.spec.template.metadata?.labels ?? {};
    return {
      replicas: claimed.length,
      ...omitEmpty({
        fullyLabeledReplicas: claimed.filter((pod) => matchesLabels(templateLabels, pod.metadata.labels)).length,
        readyReplicas: claimed.filter(isReady).length,
        availableReplicas: claimed.filter((pod) => isAvailable(pod, minReadySeconds, now)).length,
        observedGeneration: set.metadata.generation,
      }),
      ...(flavour.countsTerminating && { terminatingReplicas: terminating }),
      ...conditionsOf(set, claimed.length, failure, now),
    };
  }

  return { name: flavour.component, keysOf: owned.keysOf, reconcile };
}

/**
 * The pods that any ReplicaSet with the same owner selects (getIndirectlyRelatedPods). None for a set without an owner,
 * so all its pods have the same rank.
 */
function relatedPods(informers: Informers, set: KubeObject, { resource, selectorOf }: Flavour): Pod[] {
  const owner = controllerOf(set);
  if (owner === undefined) return [];
  const selectors = Array.from(informers.controlledBy(resource, owner.uid), selectorOf);
  const related: Pod[] = [];
  for (const pod of informers.inNamespace('pods', set.metadata.namespace)) {
    if (selectors.some((selector) => matchesSelector(selector, pod.metadata.labels))) related.push(asPod(pod));
  }
  return related;
}

/** getPodsRankedByRelatedPodsOnSameNode */
function podsPerNode(pods: readonly Pod[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const pod of pods.filter(isActive)) {
    const node = pod.spec.nodeName ?? '';
    counts.set(node, (counts.get(node) ?? 0) + 1);
  }
  return counts;
}

/** Sets the condition ReplicaFailure while creating or deleting fails; keeps other conditions. */
function conditionsOf(set: KubeObject, count: number, failure: unknown, now: number): object {
  const conditions: Condition[] = set.status?.conditions ?? [];
  const type = 'ReplicaFailure';
  const others = withoutCondition(conditions, type);
  if (failure === undefined) return others.length > 0 ? { conditions: others } : {};
  if (others.length < conditions.length) return { conditions };
  const reason = count < set.spec.replicas ? 'FailedCreate' : 'FailedDelete';
  const message = failure instanceof Error ? failure.message : String(failure);
  return { conditions: withCondition(conditions, { type, status: 'True', reason, message }, now) };
}
