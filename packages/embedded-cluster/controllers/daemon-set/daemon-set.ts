import type { ApiEvent, KubeObject } from '../../api/api.ts';
import { isEqual } from '../../api/json.ts';
import { isEmptySelector } from '../../api/label-selector.ts';
import { isAvailable, isReady, isTerminal, isTerminating, nextAvailableInMs, type Pod } from '../../api/pod.ts';
import type { Controller, Environment, Requeue } from '../common/controller.ts';
import { controllerOf, keyOf } from '../common/informers.ts';
import { taintsOf } from '../common/node.ts';
import { ownedBy } from '../common/owned.ts';
import { burstReplicas, inSlowStartBatches, podControl } from '../common/pod-control.ts';
import { historyOf, truncateHistory } from '../common/revisions.ts';
import { omitEmpty, writeStatus } from '../common/status.ts';
import {
  allowedOn,
  byCreation,
  type NodeWork,
  nodeWork,
  type PodsByNode,
  updateInPlace,
  updateWithSurge,
} from './node.ts';
import { eligibilityOf, isUpToDate, revisionLabel, targetNodeOf, templateForNode } from './pod-template.ts';

const component = 'daemonset-controller';

/** The delays between two deletions of failed pods on one node. */
const firstBackoffMs = 1_000;
const longestBackoffMs = 900_000;

/** Keeps one pod on each eligible node (k/daemon/daemon_controller.go). */
export function daemonSetController(environment: Environment): Controller {
  const { api, informers, events } = environment;
  const owned = ownedBy(environment, { kind: 'DaemonSet', resource: 'daemonsets', owned: 'pods' });
  const pods = podControl(environment, component);
  const backoffs = new Map<string, { waitMs: number; sinceMs: number }>();

  function reconcile(key: string, queue: Requeue): void {
    const set = informers.getByKey('daemonsets', key);
    if (set === undefined) return;
    if (isEmptySelector(set.spec.selector)) {
      const message = 'This daemon set is selecting all pods. A non-empty selector is required.';
      events.record(component, set, 'Warning', 'SelectingAll', message);
      return;
    }
    if (set.metadata.deletionTimestamp !== undefined) return;
    const { current, old } = historyOf(environment, set, 'daemonsets', revisionLabel);
    const hash = current.metadata.labels?.[revisionLabel] ?? '';
    try {
      const isBusy = manage(set, hash, (delayMs) => queue.addAfter(key, delayMs));
      // The next step of an update has to wait for the pods of this sync.
      if (!isBusy) update(set, hash);
      const live = new Set(owned.claim<Pod>(set).map((pod) => pod.metadata.labels?.[revisionLabel]));
      truncateHistory(environment, set, old, (revision) => live.has(revision.metadata.labels?.[revisionLabel]));
    } finally {
      writeCounts(set, hash);
    }
    const wait = nextAvailableInMs(owned.claim(set), set.spec.minReadySeconds ?? 0, api.now());
    if (wait !== undefined) queue.addAfter(key, wait);
  }

  /** A terminating pod occupies its node while it runs (getNodesToDaemonPods). */
  function podsByNode(set: KubeObject): PodsByNode {
    const byNode: PodsByNode = new Map();
    for (const pod of owned.claim<Pod>(set)) {
      const node = targetNodeOf(pod);
      if (node === undefined || (isTerminal(pod) && isTerminating(pod))) continue;
      byNode.set(node, [...(byNode.get(node) ?? []), pod]);
    }
    return byNode;
  }

  /** Returns true when it had pods to create or delete. */
  function manage(set: KubeObject, hash: string, wakeAfter: (delayMs: number) => void): boolean {
    const byNode = podsByNode(set);
    const create: string[] = [];
    const remove: Pod[] = [];
    for (const node of informers.all('nodes')) {
      const { name } = node.metadata;
      const mayReplace = () => isOutOfBackoff(set, name, wakeAfter);
      const work = nodeWork(set, eligibilityOf(node, set), byNode.get(name) ?? [], hash, api.now(), mayReplace);
      if (work.create) create.push(name);
      remove.push(...work.remove);
      sayWhatEnded(set, name, work);
    }
    // No other controller deletes unscheduled pods for a missing node (getUnscheduledPodsWithoutNode).
    for (const [node, each] of byNode) {
      if (informers.get('nodes', undefined, node) === undefined)
        remove.push(...each.filter((pod) => !pod.spec.nodeName));
    }
    return carryOut(set, hash, create, remove);
  }

  function sayWhatEnded(set: KubeObject, node: string, { failed, succeeded }: NodeWork): void {
    const found = (how: string, pod: Pod) => `Found ${how} daemon pod ${keyOf(pod)} on node ${node}, will try to`;
    for (const pod of failed)
      events.record(component, set, 'Warning', 'FailedDaemonPod', `${found('failed', pod)} kill it`);
    for (const pod of succeeded)
      events.record(component, set, 'Normal', 'SucceededDaemonPod', `${found('succeeded', pod)} delete it`);
  }

  /** 1 s, 2 s, 4 s, … 15 min; resets after twice the longest delay (failedPodsBackoff). */
  function isOutOfBackoff(set: KubeObject, node: string, wakeAfter: (delayMs: number) => void): boolean {
    const key = `${set.metadata.uid}/${set.status?.observedGeneration ?? 0}/${node}`;
    const backoff = backoffs.get(key);
    const now = api.now();
    const left = backoff === undefined ? 0 : backoff.sinceMs + backoff.waitMs - now;
    if (left > 0) {
      wakeAfter(left);
      return false;
    }
    const isFresh = backoff === undefined || now - backoff.sinceMs > 2 * longestBackoffMs;
    const waitMs = isFresh ? firstBackoffMs : Math.min(2 * backoff.waitMs, longestBackoffMs);
    backoffs.set(key, { waitMs, sinceMs: now });
    return true;
  }

  function update(set: KubeObject, hash: string): void {
    if (set.spec.updateStrategy.type !== 'RollingUpdate') return;
    const byNode = podsByNode(set);
    const eligible = [...informers.all('nodes')].filter((node) => eligibilityOf(node, set).shouldRun);
    const desired = eligible.length;
    for (const { metadata } of eligible) if (!byNode.has(metadata.name)) byNode.set(metadata.name, []);
    const maxSurge = allowedOn(desired, set, 'maxSurge');
    const unavailable = allowedOn(desired, set, 'maxUnavailable');
    const maxUnavailable = desired > 0 && unavailable === 0 && maxSurge === 0 ? 1 : unavailable;
    const now = api.now();
    const names = new Set(eligible.map((node) => node.metadata.name));
    const { create, remove } =
      maxSurge === 0
        ? updateInPlace(set, byNode, hash, maxUnavailable, now)
        : updateWithSurge(set, byNode, hash, { maxSurge, desired, now }, (node) => names.has(node));
    carryOut(set, hash, create, remove);
  }

  /** syncNodes */
  function carryOut(set: KubeObject, hash: string, create: readonly string[], remove: readonly Pod[]): boolean {
    try {
      inSlowStartBatches(Math.min(create.length, burstReplicas), (index) =>
        pods.create(set, templateForNode(set, create[index] ?? '', hash)),
      );
    } finally {
      // Also when a quota refuses the new pods.
      pods.deleteAll(set, remove.slice(0, burstReplicas));
    }
    return create.length > 0 || remove.length > 0;
  }

  /** Counts the oldest pod of each node (updateDaemonSetStatus). */
  function writeCounts(set: KubeObject, hash: string): void {
    const byNode = podsByNode(set);
    const now = api.now();
    const counts = { desired: 0, current: 0, misscheduled: 0, ready: 0, available: 0, updated: 0 };
    for (const node of informers.all('nodes')) {
      const [pod] = (byNode.get(node.metadata.name) ?? []).sort(byCreation);
      if (!eligibilityOf(node, set).shouldRun) {
        if (pod !== undefined) counts.misscheduled++;
        continue;
      }
      counts.desired++;
      if (pod === undefined) continue;
      counts.current++;
      if (isReady(pod)) counts.ready++;
      if (isAvailable(pod, set.spec.minReadySeconds ?? 0, now)) counts.available++;
      if (isUpToDate(pod, set, hash)) counts.updated++;
    }
    writeStatus(api, 'daemonsets', set, {
      currentNumberScheduled: counts.current,
      numberMisscheduled: counts.misscheduled,
      desiredNumberScheduled: counts.desired,
      numberReady: counts.ready,
      ...omitEmpty({
        observedGeneration: set.metadata.generation,
        updatedNumberScheduled: counts.updated,
        numberAvailable: counts.available,
        numberUnavailable: counts.desired - counts.available,
        collisionCount: set.status?.collisionCount as number | undefined,
      }),
    });
  }

  /**
   * A change of a node counts only when the node gains or loses a pod, or when the set has a misscheduled pod. So the
   * status still includes a node with a running pod after a NoSchedule taint (syncNodeUpdate).
   */
  function concerns(node: KubeObject, set: KubeObject): boolean {
    const { shouldRun, shouldContinue } = eligibilityOf(node, set);
    const isThere = [...informers.podsOnNode(node.metadata.name)].some(
      (pod) => controllerOf(pod)?.uid === set.metadata.uid,
    );
    return isThere ? !shouldContinue || set.status.numberMisscheduled > 0 : shouldRun;
  }

  function* keysOf(event: ApiEvent): Iterable<string> {
    const { resource, object, previous, type } = event;
    yield* owned.keysOf(event);
    if (resource === 'nodes' && type !== 'DELETED' && isRelevantChange(previous, object)) {
      for (const set of informers.all('daemonsets')) if (concerns(object, set)) yield keyOf(set);
    }
  }

  return { name: component, keysOf, reconcile };
}

/** Only changes of labels and taints matter to a DaemonSet (shouldIgnoreNodeUpdate). */
function isRelevantChange(previous: KubeObject | undefined, node: KubeObject): boolean {
  if (previous === undefined) return true;
  const labels = ({ metadata }: KubeObject) => metadata.labels ?? {};
  return !isEqual(labels(previous), labels(node)) || !isEqual(taintsOf(previous), taintsOf(node));
}
