import type { KubeObject } from '../../api/api.ts';
import { byAge } from '../common/rollout-arithmetic.ts';
import { isSameTemplate } from '../common/template-hash.ts';
import { desiredReplicasOf } from './revisions.ts';

/** A Deployment's ReplicaSets in one sync. */
export interface Sets {
  /** The oldest set with the Deployment's template; undefined when it does not exist yet. */
  current: KubeObject | undefined;
  /** The others, oldest first. */
  old: KubeObject[];
}

/** deployment_util.go, FindNewReplicaSet and FindOldReplicaSets */
export function setsOf(deployment: KubeObject, claimed: readonly KubeObject[]): Sets {
  const oldestFirst = [...claimed].sort(byAge);
  const current = oldestFirst.find((set) => isSameTemplate(set.spec.template, deployment.spec.template));
  return { current, old: oldestFirst.filter((set) => set !== current) };
}

export function allOf({ current, old }: Sets): KubeObject[] {
  return current === undefined ? old : [...old, current];
}

/** spec.replicas has changed since an active ReplicaSet was last scaled (sync.go, isScalingEvent). */
export function isScaling(deployment: KubeObject, sets: Sets): boolean {
  return allOf(sets)
    .filter((set) => set.spec.replicas > 0)
    .map(desiredReplicasOf)
    .some((desired) => desired !== undefined && desired !== deployment.spec.replicas);
}
