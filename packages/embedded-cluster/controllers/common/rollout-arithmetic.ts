import type { KubeObject } from '../../api/api.ts';

/** A number, or a percentage of `total` (intstr.GetScaledValueFromIntOrPercent); absent: 0. */
export function scaledValue(value: number | string | undefined, total: number, round: 'up' | 'down'): number {
  if (typeof value !== 'string') return value ?? 0;
  const exact = (Number.parseInt(value, 10) * total) / 100;
  return round === 'up' ? Math.ceil(exact) : Math.floor(exact);
}

/** Oldest first, then by name (controller_utils.go, ReplicaSetsByCreationTimestamp). */
export function byAge(a: KubeObject, b: KubeObject): number {
  const [one, other] = [a.metadata.creationTimestamp, b.metadata.creationTimestamp];
  if (one !== other) return one < other ? -1 : 1;
  return a.metadata.name < b.metadata.name ? -1 : 1;
}
