import type { KubeObject } from '../../api/api.ts';
import { isAvailable, isReady, isTerminating, type Pod } from '../../api/pod.ts';
import { byAge, scaledValue } from '../common/rollout-arithmetic.ts';
import { type Eligibility, isUpToDate, revisionLabel } from './pod-template.ts';

/** The work of a DaemonSet on one node. */
export interface NodeWork {
  create: boolean;
  remove: Pod[];
  /** The pods in `remove` that ended by themselves, for the Events. */
  failed: Pod[];
  succeeded: Pod[];
}

/** True when an old and a new pod may share a node during an update. */
function allowsSurge(set: KubeObject): boolean {
  return allowedOn(1, set, 'maxSurge') > 0;
}

/** How many of the nodes may have a second pod, or no available one, during an update. */
export function allowedOn(nodes: number, { spec }: KubeObject, field: 'maxSurge' | 'maxUnavailable'): number {
  const { type, rollingUpdate } = spec.updateStrategy;
  return type === 'RollingUpdate' ? scaledValue(rollingUpdate?.[field], nodes, 'up') : 0;
}

/** Bound before unbound, then older before younger, then by name (podByCreationTimestampAndPhase). */
export function byCreation(a: Pod, b: Pod): number {
  if (Boolean(a.spec.nodeName) !== Boolean(b.spec.nodeName)) return a.spec.nodeName ? -1 : 1;
  return byAge(a, b);
}

/**
 * The pods that a node gains and loses (daemon_controller.go, podsShouldBeOnNode). `pods` are the DaemonSet's pods
 * there, including terminating ones, which still occupy the node. The oldest of several running pods stays, whether
 * ready or not; deletion costs do not count. `mayReplace` tells that the node's back-off is over.
 */
export function nodeWork(
  set: KubeObject,
  { shouldRun, shouldContinue }: Eligibility,
  pods: readonly Pod[],
  hash: string,
  now: number,
  mayReplace: (pod: Pod) => boolean,
): NodeWork {
  const work: NodeWork = { create: false, remove: [], failed: [], succeeded: [] };
  if (shouldRun && pods.length === 0) {
    work.create = true;
  } else if (shouldContinue) {
    const running: Pod[] = [];
    for (const pod of pods.filter((each) => !isTerminating(each))) {
      if (pod.status.phase === 'Failed') {
        if (mayReplace(pod)) work.failed.push(pod);
      } else if (pod.status.phase === 'Succeeded') work.succeeded.push(pod);
      else running.push(pod);
    }
    work.remove.push(...work.failed, ...work.succeeded);
    running.sort(byCreation);
    if (!allowsSurge(set)) work.remove.push(...running.slice(1));
    else if (running.length === 0) work.create = shouldRun;
    else if (running.length > 1) work.remove.push(...surplusOfSurge(set, running, hash, now));
  } else {
    work.remove.push(...pods.filter((pod) => !isTerminating(pod)));
  }
  return work;
}

/**
 * With surge the oldest pod of the current revision and the oldest of another may share a node; the old one goes when
 * it is not ready or the new one is available.
 */
function surplusOfSurge(set: KubeObject, oldestFirst: readonly Pod[], hash: string, now: number): Pod[] {
  const isNew = (pod: Pod) => pod.metadata.labels?.[revisionLabel] === hash;
  const newPod = oldestFirst.find(isNew);
  const oldPod = oldestFirst.find((pod) => !isNew(pod));
  const surplus = oldestFirst.filter((pod) => pod !== newPod && pod !== oldPod);
  if (newPod === undefined || oldPod === undefined) return surplus;
  const isDone = !isReady(oldPod) || isAvailable(newPod, set.spec.minReadySeconds ?? 0, now);
  return isDone ? [...surplus, oldPod] : surplus;
}

export interface UpdateWork {
  /** The nodes that get a second pod. */
  create: string[];
  remove: Pod[];
}

/** The set's pods by node, including eligible nodes without pods. */
export type PodsByNode = Map<string, Pod[]>;

interface Pair {
  newPod: Pod | undefined;
  oldPod: Pod | undefined;
}

/** Undefined when a node has two pods of a kind: nodeWork deletes one of them first (findUpdatedPodsOnNode). */
function pairOf(set: KubeObject, pods: readonly Pod[], hash: string): Pair | undefined {
  const live = pods.filter((pod) => !isTerminating(pod));
  const newPods = live.filter((pod) => isUpToDate(pod, set, hash));
  const oldPods = live.filter((pod) => !isUpToDate(pod, set, hash));
  if (newPods.length > 1 || oldPods.length > 1) return undefined;
  return { newPod: newPods[0], oldPod: oldPods[0] };
}

/**
 * The outdated pods to delete without surge (update.go, rollingUpdate): unavailable ones at once, available ones as
 * long as at most maxUnavailable nodes are without an available pod.
 */
export function updateInPlace(
  set: KubeObject,
  byNode: PodsByNode,
  hash: string,
  maxUnavailable: number,
  now: number,
): UpdateWork {
  const minReadySeconds = set.spec.minReadySeconds ?? 0;
  const atOnce: Pod[] = [];
  const candidates: Pod[] = [];
  let unavailable = 0;
  for (const pods of byNode.values()) {
    const pair = pairOf(set, pods, hash);
    const only = pair?.newPod ?? pair?.oldPod;
    if (pair === undefined || only === undefined || (pair.newPod && pair.oldPod)) {
      unavailable++;
    } else if (!isAvailable(only, minReadySeconds, now)) {
      unavailable++;
      if (only === pair.oldPod) atOnce.push(only);
    } else if (only === pair.oldPod && unavailable < maxUnavailable) {
      candidates.push(only);
    }
  }
  return { create: [], remove: [...atOnce, ...candidates.slice(0, Math.max(0, maxUnavailable - unavailable))] };
}

/**
 * The pods to create and delete with surge. An available old pod on a node that is no longer eligible goes only when
 * enough others are available.
 */
export function updateWithSurge(
  set: KubeObject,
  byNode: PodsByNode,
  hash: string,
  { maxSurge, desired, now }: { maxSurge: number; desired: number; now: number },
  shouldRunOn: (node: string) => boolean,
): UpdateWork {
  const available = (pod: Pod) => isAvailable(pod, set.spec.minReadySeconds ?? 0, now);
  const remove: Pod[] = [];
  const misplaced: Pod[] = [];
  const atOnce: string[] = [];
  const candidates: string[] = [];
  let surging = 0;
  let availableNodes = 0;
  for (const [node, pods] of byNode) {
    const pair = pairOf(set, pods, hash);
    if (pair === undefined) {
      surging++;
      continue;
    }
    const { newPod, oldPod } = pair;
    const counted = oldPod ?? newPod;
    if (counted !== undefined && available(counted)) availableNodes++;
    if (oldPod === undefined) continue;
    if (newPod === undefined) {
      if (!shouldRunOn(node)) (available(oldPod) ? misplaced : remove).push(oldPod);
      else if (!available(oldPod)) atOnce.push(node);
      else if (surging < maxSurge) candidates.push(node);
    } else if (available(newPod)) remove.push(oldPod);
    else surging++;
  }
  remove.push(...misplaced.slice(0, Math.max(0, availableNodes - desired)));
  return { create: [...atOnce, ...candidates.slice(0, Math.max(0, maxSurge - surging))], remove };
}
