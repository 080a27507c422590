import type { Api, KubeObject, Resource } from '../../api/api.ts';
import { isEqual } from '../../api/json.ts';
import type { Condition, Pod } from '../../api/pod.ts';
import { timestamp } from '../../api/time.ts';

/** Replaces the condition of that type, or adds it; its time is that of the last change of its status. */
export function withCondition<T extends { type: string; status: string; lastTransitionTime?: string }>(
  conditions: readonly T[] | undefined,
  condition: T,
  now: number,
): T[] {
  const before = conditions?.find(({ type }) => type === condition.type);
  const lastTransitionTime = before?.status === condition.status ? before.lastTransitionTime : timestamp(now);
  return [...withoutCondition(conditions, condition.type), { ...condition, lastTransitionTime }];
}

export function withoutCondition<T extends { type: string }>(conditions: readonly T[] | undefined, type: string): T[] {
  return (conditions ?? []).filter((each) => each.type !== type);
}

/** With the generation that the writer saw (podutil.UpdatePodCondition). */
export function withPodCondition({ metadata, status }: Pod, condition: Condition, now: number): Condition[] {
  const seen = { lastProbeTime: null, observedGeneration: metadata.generation };
  return withCondition(status.conditions, { ...seen, ...condition }, now);
}

/** Marks a pod that is about to be deleted, and tells why. */
export function writeDisruption(api: Api, pod: Pod, reason: string, message: string, status: object = {}): void {
  const conditions = withPodCondition(pod, { type: 'DisruptionTarget', status: 'True', reason, message }, api.now());
  writeStatus(api, 'pods', pod, { ...pod.status, ...status, conditions });
}

/**
 * Writes a changed status to the newest version of the object and returns that version. The API server omits the zeros
 * and empty lists that Go omits.
 */
export function writeStatus(api: Api, resource: Resource, object: KubeObject, status: object): KubeObject {
  const fresh = api.get(resource, object.metadata.namespace, object.metadata.name) ?? object;
  if (isEqual(fresh.status ?? {}, status)) return fresh;
  return api.update(resource, { ...fresh, status }, { subresource: 'status' });
}
