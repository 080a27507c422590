import type { ApiEvent, KubeObject } from '../../api/api.ts';
import { isEqual } from '../../api/json.ts';
import { isAvailable, isReady, isTerminal, isTerminating, nextAvailableInMs, type Pod } from '../../api/pod.ts';
import type { Controller, Environment, WakeAfter } from '../common/controller.ts';
import { keyOf } from '../common/informers.ts';
import { taintsOf } from '../common/node.ts';
import { ownedBy } from '../common/owned.ts';
import { burstReplicas, inSlowStartBatches, podControl } from '../common/pod-control.ts';
import { historyOf, revisionOf, truncateHistory } from '../common/revisions.ts';
import { writeStatus } from '../common/status.ts';
import { eligibilityOf, isUpToDate, targetNodeOf, templateForNode } from './pod-template.ts';
import { allowedOn, byCreation, type PodsByNode, surplusOfSurge, updateWork, type Work } from './update.ts';

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

  function sync(set: KubeObject, wakeAfter: WakeAfter): void {
    if (set.metadata.deletionTimestamp !== undefined) return;
    const history = historyOf(environment, set);
    const hash = revisionOf(history.current) ?? '';
    try {
      const work = workOf(set, hash, wakeAfter);
      carryOut(set, hash, work);
      // The next step of an update has to wait for the pods of this sync.
      const isBusy = work.create.length + work.remove.length > 0;
      if (!isBusy && set.spec.updateStrategy.type === 'RollingUpdate')
        carryOut(set, hash, updateWork(set, podsByNode(set), desiredNodes(set), hash, api.now()));
      const owns = owned.claim<Pod>(set);
      truncateHistory(environment, set, history, owns);
      wakeAfter(nextAvailableInMs(owns, set.spec.minReadySeconds ?? 0, api.now()));
    } finally {
      writeCounts(set, hash);
    }
  }

  /** A terminating pod occupies its node while it runs (getNodesToDaemonPods). */
  function podsByNode(set: KubeObject): PodsByNode {
    const running = owned.claim<Pod>(set).filter((pod) => !isTerminal(pod) || !isTerminating(pod));
    const byNode = Map.groupBy(running, (pod) => targetNodeOf(pod) ?? '');
    byNode.delete('');
    return byNode;
  }

  function desiredNodes(set: KubeObject): Set<string> {
    const nodes = [...informers.all('nodes')].filter((node) => eligibilityOf(node, set).shouldRun);
    return new Set(nodes.map(({ metadata }) => metadata.name));
  }

  /**
   * The pods that nodes gain and lose (podsShouldBeOnNode). Terminating pods still occupy their node. The oldest of
   * several running pods stays, whether ready or not; deletion costs do not count.
   */
  function workOf(set: KubeObject, hash: string, wakeAfter: WakeAfter): Work {
    const byNode = podsByNode(set);
    // An old and a new pod may share a node during an update.
    const allowsSurge = allowedOn(1, set, 'maxSurge') > 0;
    const create: string[] = [];
    const remove: Pod[] = [];
    for (const node of informers.all('nodes')) {
      const { name } = node.metadata;
      const { shouldRun, shouldContinue } = eligibilityOf(node, set);
      const there = byNode.get(name) ?? [];
      const live = there.filter((pod) => !isTerminating(pod));
      if (!shouldContinue) {
        remove.push(...live);
        continue;
      }
      const running = live.filter((pod) => !isTerminal(pod)).sort(byCreation);
      const ended = live.filter((pod) => isTerminal(pod) && mayGo(set, name, pod, wakeAfter));
      const surplus = allowsSurge ? surplusOfSurge(set, running, hash, api.now()) : running.slice(1);
      const isEmpty = there.length === 0 || (allowsSurge && running.length === 0);
      if (shouldRun && isEmpty) create.push(name);
      remove.push(...ended, ...surplus);
    }
    // No other controller deletes unscheduled pods for a missing node (getUnscheduledPodsWithoutNode).
    for (const [node, pods] of byNode) {
      const isMissing = informers.get('nodes', undefined, node) === undefined;
      if (isMissing) remove.push(...pods.filter((pod) => !pod.spec.nodeName));
    }
    return { create, remove };
  }

  /** True for an ended pod that makes room for another one on its node: a failed one waits for a growing time. */
  function mayGo(set: KubeObject, node: string, pod: Pod, wakeAfter: WakeAfter): boolean {
    const hasFailed = pod.status.phase === 'Failed';
    if (hasFailed && !isOutOfBackoff(set, node, wakeAfter)) return false;
    const [how, verb] = hasFailed ? ['failed', 'kill'] : ['succeeded', 'delete'];
    const message = `Found ${how} daemon pod ${keyOf(pod)} on node ${node}, will try to ${verb} it`;
    if (hasFailed) events.record(component, set, 'Warning', 'FailedDaemonPod', message);
    else events.record(component, set, 'Normal', 'SucceededDaemonPod', message);
    return true;
  }

  /** 1 s, 2 s, 4 s, … 15 min; resets after twice the longest delay (failedPodsBackoff). */
  function isOutOfBackoff(set: KubeObject, node: string, wakeAfter: WakeAfter): boolean {
    const key = `${set.metadata.uid}/${set.status?.observedGeneration ?? 0}/${node}`;
    const now = api.now();
    const { waitMs, sinceMs } = backoffs.get(key) ?? { waitMs: 0, sinceMs: 0 };
    const left = sinceMs + waitMs - now;
    if (left > 0) {
      wakeAfter(left);
      return false;
    }
    const isFresh = now - sinceMs > 2 * longestBackoffMs;
    backoffs.set(key, { waitMs: isFresh ? firstBackoffMs : Math.min(2 * waitMs, longestBackoffMs), sinceMs: now });
    return true;
  }

  /** syncNodes */
  function carryOut(set: KubeObject, hash: string, { create, remove }: Work): void {
    try {
      inSlowStartBatches(Math.min(create.length, burstReplicas), (index) =>
        pods.create(set, templateForNode(set, create[index] ?? '', hash)),
      );
    } finally {
      // Also when a quota refuses the new pods.
      pods.deleteAll(set, remove.slice(0, burstReplicas));
    }
  }

  /** Counts the oldest pod of each node (updateDaemonSetStatus). */
  function writeCounts(set: KubeObject, hash: string): void {
    const byNode = podsByNode(set);
    const desired = desiredNodes(set);
    const counted = [...desired].flatMap((node) => byNode.get(node)?.sort(byCreation)[0] ?? []);
    const occupied = [...informers.all('nodes')].filter(({ metadata }) => byNode.has(metadata.name));
    const available = counted.filter((pod) => isAvailable(pod, set.spec.minReadySeconds ?? 0, api.now())).length;
    writeStatus(api, 'daemonsets', set, {
      currentNumberScheduled: counted.length,
      numberMisscheduled: occupied.length - counted.length,
      desiredNumberScheduled: desired.size,
      numberReady: counted.filter(isReady).length,
      observedGeneration: set.metadata.generation,
      updatedNumberScheduled: counted.filter((pod) => isUpToDate(pod, set, hash)).length,
      numberAvailable: available,
      numberUnavailable: desired.size - available,
      collisionCount: set.status?.collisionCount,
    });
  }

  /**
   * A change of a node counts only when the node gains or loses a pod, or when the set has a misscheduled pod. So the
   * status still includes a node with a running pod after a NoSchedule taint (syncNodeUpdate).
   */
  function concerns(node: KubeObject, set: KubeObject): boolean {
    const { shouldRun, shouldContinue } = eligibilityOf(node, set);
    const isThere = [...informers.podsOnNode(node.metadata.name)].some((pod) => informers.ownerOf(pod) === set);
    return isThere ? !shouldContinue || set.status.numberMisscheduled > 0 : shouldRun;
  }

  function* keysOf(event: ApiEvent): Iterable<string> {
    const { resource, object, previous, type } = event;
    yield* owned.keysOf(event);
    if (resource !== 'nodes' || type === 'DELETED') return;
    // Only changes of labels and taints matter to a DaemonSet (shouldIgnoreNodeUpdate).
    const relevant = (node: KubeObject) => [node.metadata.labels ?? {}, taintsOf(node)];
    if (previous !== undefined && isEqual(relevant(previous), relevant(object))) return;
    for (const set of informers.all('daemonsets')) if (concerns(object, set)) yield keyOf(set);
  }

  return { name: component, keysOf, reconcile: informers.each('daemonsets', sync) };
}
