import type { KubeObject } from '../../api/api.ts';
import { isAvailable, isReady, isTerminating, type Pod } from '../../api/pod.ts';
import { revisionOf } from '../common/revisions.ts';
import { byAge, scaledValue } from '../common/rollout-arithmetic.ts';
import { isUpToDate } from './pod-template.ts';

/** The pods that a DaemonSet creates, by the names of their nodes, and deletes. */
export interface Work {
  create: string[];
  remove: Pod[];
}

/** The set's pods by node. */
export type PodsByNode = Map<string, Pod[]>;

/** How many of the nodes may have a second pod, or no available one, during an update. */
export function allowedOn(nodes: number, { spec }: KubeObject, field: 'maxSurge' | 'maxUnavailable'): number {
  const { type, rollingUpdate } = spec.updateStrategy;
  return type === 'RollingUpdate' ? scaledValue(rollingUpdate?.[field], nodes, 'up') : 0;
}

/** Bound before unbound, then older before younger, then by name (podByCreationTimestampAndPhase). */
export function byCreation(a: Pod, b: Pod): number {
  return Number(!a.spec.nodeName) - Number(!b.spec.nodeName) || byAge(a, b);
}

/**
 * With surge the oldest pod of the current revision and the oldest of another may share a node; the old one goes when
 * it is not ready or the new one is available.
 */
export function surplusOfSurge(set: KubeObject, oldestFirst: readonly Pod[], hash: string, now: number): Pod[] {
  const isNew = (pod: Pod) => revisionOf(pod) === hash;
  const newPod = oldestFirst.find(isNew);
  const oldPod = oldestFirst.find((pod) => !isNew(pod));
  const surplus = oldestFirst.filter((pod) => pod !== newPod && pod !== oldPod);
  if (newPod === undefined || oldPod === undefined) return surplus;
  const isDone = !isReady(oldPod) || isAvailable(newPod, set.spec.minReadySeconds ?? 0, now);
  return isDone ? [...surplus, oldPod] : surplus;
}

/** The work of an update (update.go, rollingUpdate). `desired` are the eligible nodes. */
export function updateWork(set: KubeObject, byNode: PodsByNode, desired: Set<string>, hash: string, now: number): Work {
  const maxSurge = allowedOn(desired.size, set, 'maxSurge');
  const isUsable = (pod: Pod) => isAvailable(pod, set.spec.minReadySeconds ?? 0, now);
  const nodes = [...new Set([...byNode.keys(), ...desired])].map((node) => {
    const live = (byNode.get(node) ?? []).filter((pod) => !isTerminating(pod));
    const { fresh = [], old = [] } = Object.groupBy(live, (pod) => (isUpToDate(pod, set, hash) ? 'fresh' : 'old'));
    // workOf deletes one of two pods of a kind first (findUpdatedPodsOnNode).
    return { node, isSettled: fresh.length <= 1 && old.length <= 1, newPod: fresh[0], oldPod: old[0] };
  });
  const remove: Pod[] = [];

  if (maxSurge === 0) {
    // Deletes unavailable pods at once, available ones as long as at most maxUnavailable nodes are without one.
    const maxUnavailable = allowedOn(desired.size, set, 'maxUnavailable') || Math.min(1, desired.size);
    const candidates: Pod[] = [];
    let unavailable = 0;
    for (const { isSettled, newPod, oldPod } of nodes) {
      const only = isSettled && (newPod === undefined || oldPod === undefined) ? (newPod ?? oldPod) : undefined;
      const isServing = only !== undefined && isUsable(only);
      if (!isServing) unavailable++;
      if (only !== undefined && only === oldPod) (isServing ? candidates : remove).push(only);
    }
    remove.push(...candidates.slice(0, Math.max(0, maxUnavailable - unavailable)));
    return { create: [], remove };
  }

  const misplaced: Pod[] = [];
  const atOnce: string[] = [];
  const candidates: string[] = [];
  let surging = 0;
  let usable = 0;
  for (const { node, isSettled, newPod, oldPod } of nodes) {
    const counted = oldPod ?? newPod;
    if (isSettled && counted !== undefined && isUsable(counted)) usable++;
    if (!isSettled) surging++;
    else if (oldPod === undefined) continue;
    else if (newPod !== undefined && isUsable(newPod)) remove.push(oldPod);
    else if (newPod !== undefined) surging++;
    else if (!desired.has(node)) (isUsable(oldPod) ? misplaced : remove).push(oldPod);
    else (isUsable(oldPod) ? candidates : atOnce).push(node);
  }
  // An available old pod on a node that is no longer eligible goes only when enough others are available.
  remove.push(...misplaced.slice(0, Math.max(0, usable - desired.size)));
  return { create: [...atOnce, ...candidates.slice(0, Math.max(0, maxSurge - surging))], remove };
}
