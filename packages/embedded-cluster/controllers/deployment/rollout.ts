import type { KubeObject } from '../../api/api.ts';
import { byAge, scaledValue } from '../common/rollout-arithmetic.ts';
import { isSameTemplate } from '../common/template-hash.ts';

/** A Deployment and its ReplicaSets in one sync. Each write of a set puts its new version here. */
export interface Rollout {
  readonly deployment: KubeObject;
  /** The oldest set with the Deployment's template; undefined when it does not exist yet. */
  current: KubeObject | undefined;
  /** The others, oldest first. */
  readonly old: KubeObject[];
}

/** deployment_util.go, FindNewReplicaSet and FindOldReplicaSets */
export function rolloutOf(deployment: KubeObject, claimed: readonly KubeObject[]): Rollout {
  const oldestFirst = claimed.toSorted(byAge);
  const current = oldestFirst.find((set) => isSameTemplate(set.spec.template, deployment.spec.template));
  return { deployment, current, old: oldestFirst.filter((set) => set !== current) };
}

export function allOf({ current, old }: Rollout): KubeObject[] {
  return current === undefined ? [...old] : [...old, current];
}

export function activeOf(rollout: Rollout): KubeObject[] {
  return allOf(rollout).filter((set) => set.spec.replicas > 0);
}

/** spec.replicas has changed since an active ReplicaSet was last scaled (sync.go, isScalingEvent). */
export function isScaling(rollout: Rollout): boolean {
  const { replicas } = rollout.deployment.spec;
  return activeOf(rollout).some((set) => (countIn(set, desiredAnnotation) ?? replicas) !== replicas);
}

export const revisionAnnotation = 'deployment.kubernetes.io/revision';
const historyAnnotation = 'deployment.kubernetes.io/revision-history';
export const desiredAnnotation = 'deployment.kubernetes.io/desired-replicas';
const maxAnnotation = 'deployment.kubernetes.io/max-replicas';

/** Annotations that a ReplicaSet does not inherit from its Deployment (deployment_util.go, annotationsToSkip). */
const notInherited = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  'deprecated.deployment.rollback.to',
  revisionAnnotation,
  historyAnnotation,
  desiredAnnotation,
  maxAnnotation,
]);

/** Limits revision-history to about 100 revisions (sync.go, maxRevHistoryLengthInChars). */
const maxHistoryLength = 2000;

type Annotations = Record<string, string>;

/** An int64. 0 when the annotation is missing or malformed. */
export function revisionOf(set: KubeObject): bigint {
  return revisionIn(set.metadata.annotations?.[revisionAnnotation]) ?? 0n;
}

function revisionIn(text = '0'): bigint | undefined {
  return /^\d+$/.test(text) ? BigInt(text) : undefined;
}

/**
 * The annotations of the new ReplicaSet: the Deployment's, and the revision, which only increases. After a rollback the
 * set also records its earlier revisions (SetNewReplicaSetAnnotations).
 */
export function newSetAnnotations({ deployment, current, old }: Rollout): Annotations {
  const revision = old.map(revisionOf).reduce((last, each) => (each > last ? each : last), 0n) + 1n;
  const inherited = Object.entries(deployment.metadata.annotations ?? {}).filter(([key]) => !notInherited.has(key));
  const annotations = { ...current?.metadata.annotations, ...Object.fromEntries(inherited) };
  const before = annotations[revisionAnnotation];
  const beforeNumber = revisionIn(before);
  if (beforeNumber === undefined || beforeNumber >= revision) return annotations;
  annotations[revisionAnnotation] = String(revision);
  if (before !== undefined) {
    const history = [...(annotations[historyAnnotation]?.split(',') ?? []), before];
    while (history.join(',').length > maxHistoryLength) history.shift();
    annotations[historyAnnotation] = history.join(',');
  }
  return annotations;
}

/** Record the Deployment's size at the last scaling: they tell a scaling from a step of a rollout. */
export function replicasAnnotations(deployment: KubeObject): Annotations {
  const { replicas } = deployment.spec;
  return { [desiredAnnotation]: String(replicas), [maxAnnotation]: String(replicas + maxSurge(deployment)) };
}

/** Undefined when the annotation is missing or malformed. */
export function countIn(set: KubeObject, annotation: string): number | undefined {
  const text = set.metadata.annotations?.[annotation] ?? '';
  return /^\d+$/.test(text) ? Number(text) : undefined;
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
export function proportionalSizes(deployment: KubeObject, active: readonly KubeObject[]): Map<KubeObject, number> {
  const { replicas } = deployment.spec;
  const most = replicas > 0 ? replicas + maxSurge(deployment) : 0;
  const toAdd = most - totalReplicas(active);
  const inOrder = (a: KubeObject, b: KubeObject) => (toAdd > 0 ? byAge(b, a) : byAge(a, b));
  const sets = active.toSorted((a, b) => b.spec.replicas - a.spec.replicas || inOrder(a, b));
  const sizes = new Map<KubeObject, number>();
  let added = 0;
  for (const set of sets) {
    const size: number = set.spec.replicas;
    const before = countIn(set, maxAnnotation) || (deployment.status?.replicas ?? 0);
    // With 0 replicas all pods of the set go.
    const share = before === 0 && replicas > 0 ? 0 : Math.round((size * most) / (before || 1)) - size;
    const left = toAdd - added;
    const proportion = toAdd > 0 ? Math.min(share, left) : toAdd < 0 ? Math.max(share, left) : 0;
    sizes.set(set, size + proportion);
    added += proportion;
  }
  const [largest] = sets;
  if (largest !== undefined) sizes.set(largest, Math.max(0, (sizes.get(largest) ?? 0) + toAdd - added));
  return sizes;
}
