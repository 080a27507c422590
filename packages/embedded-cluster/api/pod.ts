import type { V1PodCondition, V1PodSpec, V1PodStatus } from '@kubernetes/client-node';
import type { KubeObject } from './api.ts';
import type { AsJson } from './json.ts';
import { timeOf } from './time.ts';

export const deletionCostAnnotation = 'controller.kubernetes.io/pod-deletion-cost';

export type Condition = Omit<AsJson<V1PodCondition>, 'lastProbeTime'> & { lastProbeTime?: null };

export interface Pod extends KubeObject {
  spec: V1PodSpec;
  status: Omit<AsJson<V1PodStatus>, 'conditions'> & { conditions?: Condition[] };
}

/** The store holds only valid pods, so a cast is enough; a missing status becomes an empty one. */
export function asPod(object: KubeObject): Pod {
  return (object.status === undefined ? { ...object, status: {} } : object) as Pod;
}

export function asPods(objects: Iterable<KubeObject>): Pod[] {
  return Array.from(objects, asPod);
}

export function conditionOf(pod: Pod, type: string): Condition | undefined {
  return pod.status.conditions?.find((condition) => condition.type === type);
}

export function isReady(pod: Pod): boolean {
  return conditionOf(pod, 'Ready')?.status === 'True';
}

/** When the pod became ready, in ms since the epoch; 0 when it is not ready or the time is missing (podReadyTime). */
export function readySince(pod: Pod): number {
  const condition = conditionOf(pod, 'Ready');
  return condition?.status === 'True' ? timeOf(condition.lastTransitionTime) : 0;
}

/** Ready for at least minReadySeconds (podutil.IsPodAvailable). */
export function isAvailable(pod: Pod, minReadySeconds: number, now: number): boolean {
  if (!isReady(pod)) return false;
  if (minReadySeconds === 0) return true;
  const since = readySince(pod);
  return since !== 0 && since + minReadySeconds * 1000 <= now;
}

/** Milliseconds until the next ready pod becomes available; undefined when none has to wait. */
export function nextAvailableInMs(pods: readonly Pod[], minReadySeconds: number, now: number): number | undefined {
  const waits = pods
    .filter((pod) => isReady(pod) && !isAvailable(pod, minReadySeconds, now))
    .map((pod) => readySince(pod) + minReadySeconds * 1000 - now);
  return waits.length === 0 ? undefined : Math.max(1, Math.min(...waits));
}

export function isTerminating(pod: Pod): boolean {
  return pod.metadata.deletionTimestamp !== undefined;
}

/** Succeeded or Failed: it will never run again. */
export function isTerminal(pod: Pod): boolean {
  return pod.status.phase === 'Succeeded' || pod.status.phase === 'Failed';
}

/** Neither finished nor terminating: only active pods count as replicas (controller_utils.go, IsPodActive). */
export function isActive(pod: Pod): boolean {
  return !isTerminal(pod) && !isTerminating(pod);
}
