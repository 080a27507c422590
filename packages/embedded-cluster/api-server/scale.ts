import type { KubeObject } from '../api/api.ts';
import { invalid } from '../api/api-error.ts';
import { copyOf, type Json } from '../api/json.ts';
import { mergePatched } from './patch/merge-patch.ts';
import { selectorText } from './select/label-selector-text.ts';
import { invalidValue } from './validation/field.ts';

/** The autoscaling/v1 Scale of a workload: the number of pods and their selector. */
export function scaleOf(object: KubeObject): Json {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: { ...(object.spec.replicas !== 0 && { replicas: object.spec.replicas }) },
    status: { replicas: object.status?.replicas ?? 0, selector: selectorText(object.spec.selector) },
  };
}

/** The workload with the Scale's replicas and, as a precondition, its resourceVersion. */
export function scaled(object: KubeObject, scale: Json): Json {
  const replicas = scale.spec?.replicas ?? 0;
  if (replicas < 0) {
    const cause = invalidValue('spec.replicas', replicas, 'must be greater than or equal to 0');
    throw invalid({ group: 'autoscaling', kind: 'Scale' }, object.metadata.name, [cause]);
  }
  const { uid, resourceVersion } = scale.metadata ?? {};
  return mergePatched(copyOf(object), { metadata: { resourceVersion, ...(uid && { uid }) }, spec: { replicas } });
}
