import type { KubeObject } from '../../api/api.ts';
import { byAge, maxSurge } from '../common/rollout-arithmetic.ts';
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
export const maxAnnotation = 'deployment.kubernetes.io/max-replicas';

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

export type Annotations = Record<string, string>;

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
