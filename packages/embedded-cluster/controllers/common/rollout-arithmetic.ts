import type { KubeObject } from '../../api/api.ts';

/** A number, or a percentage of `total` (intstr.GetScaledValueFromIntOrPercent); absent: 0. */
export function scaledValue(value: number | string | undefined, total: number, round: 'up' | 'down'): number {
  if (typeof value === 'number') return value;
  const percent = /^(\d+)%$/.exec(value ?? '0%')?.[1] ?? '0';
  const exact = (Number(percent) * total) / 100;
  return round === 'up' ? Math.ceil(exact) : Math.floor(exact);
}

/** How many pods a rollout may add to `replicas`. Percentages round up: 25 % of 3 is 1. None with Recreate. */
export function maxSurge({ spec: { replicas, strategy } }: KubeObject): number {
  return scaledValue(strategy.rollingUpdate?.maxSurge, replicas, 'up');
}

/**
 * How many pods of `replicas` may be unavailable during a rollout. Percentages round down: 25 % of 3 is 0. It is 1 if
 * this and the surge are 0, since the rollout could not begin (deployment_util.go, ResolveFenceposts).
 */
export function maxUnavailable(deployment: KubeObject): number {
  const { replicas, strategy } = deployment.spec;
  if (strategy.type !== 'RollingUpdate' || replicas === 0) return 0;
  const allowed = scaledValue(strategy.rollingUpdate?.maxUnavailable, replicas, 'down');
  return allowed === 0 && maxSurge(deployment) === 0 ? 1 : Math.min(allowed, replicas);
}

export function totalReplicas(sets: readonly KubeObject[]): number {
  return sets.reduce((sum, set) => sum + set.spec.replicas, 0);
}

export function totalOf(sets: readonly KubeObject[], field: string): number {
  return sets.reduce((sum, set) => sum + (set.status?.[field] ?? 0), 0);
}

/**
 * The size that the new ReplicaSet may have now: the pods that fit under replicas + maxSurge beside all others, at most
 * replicas (deployment_util.go, NewRSNewReplicas). With 10 replicas, surge 3 and 10 old pods: 3.
 */
export function newSetSize(deployment: KubeObject, all: readonly KubeObject[], current: number): number {
  const { replicas, strategy } = deployment.spec;
  if (strategy.type !== 'RollingUpdate' || current > replicas) return replicas;
  const room = replicas + maxSurge(deployment) - totalReplicas(all);
  return room <= 0 ? current : current + Math.min(room, replicas - current);
}

/**
 * Splits a scaling during a rollout over the active sets in proportion to their sizes; the first, largest one gets the
 * remainder (sync.go, scale; deployment_util.go, GetReplicaSetProportion). Sets of 8 and 5 (maximum 13) may grow to 23
 * together: 23 * 8 / 13 = 14 and 23 * 5 / 13 = 9.
 */
export function proportionalSizes(
  deployment: KubeObject,
  active: readonly KubeObject[],
  maxReplicasBefore: (set: KubeObject) => number | undefined,
): Map<KubeObject, number> {
  const { replicas } = deployment.spec;
  const most = replicas > 0 ? replicas + maxSurge(deployment) : 0;
  const toAdd = most - totalReplicas(active);
  const byAgeOrYouth = (a: KubeObject, b: KubeObject) => (toAdd > 0 ? byAge(b, a) : byAge(a, b));
  const sets = active.toSorted((a, b) => b.spec.replicas - a.spec.replicas || byAgeOrYouth(a, b));
  const sizes = new Map<KubeObject, number>();
  let added = 0;
  for (const set of sets) {
    const size: number = set.spec.replicas;
    const before = maxReplicasBefore(set) || (deployment.status?.replicas ?? 0);
    // With 0 replicas all pods of the set go.
    const share = before === 0 && replicas > 0 ? 0 : Math.round((size * most) / (before || 1)) - size;
    const left = toAdd - added;
    const proportion = toAdd > 0 ? Math.min(share, left) : toAdd < 0 ? Math.max(share, left) : 0;
    sizes.set(set, set.spec.replicas + proportion);
    added += proportion;
  }
  const [largest] = sets;
  if (largest !== undefined) sizes.set(largest, Math.max(0, (sizes.get(largest) ?? 0) + toAdd - added));
  return sizes;
}

/** Oldest first, then by name (controller_utils.go, ReplicaSetsByCreationTimestamp). */
export function byAge(a: KubeObject, b: KubeObject): number {
  const [one, other] = [a.metadata.creationTimestamp, b.metadata.creationTimestamp];
  if (one !== other) return one < other ? -1 : 1;
  return a.metadata.name < b.metadata.name ? -1 : 1;
}
