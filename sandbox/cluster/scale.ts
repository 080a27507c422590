import type { KubeObject } from './api.ts';
import { invalid } from './api-error.ts';
import type { Json } from './json.ts';
import type { Kind } from './kinds.ts';
import { invalidValue } from './validation/field-error.ts';

/** The autoscaling/v1 Scale of a workload: its number of pods and how they are found, whatever its kind. */
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

/** The workload with the Scale's number of pods; the Scale's resourceVersion is the precondition. */
export function scaled(kind: Kind, object: KubeObject, scale: Json): Json {
  const replicas = scale.spec?.replicas ?? 0;
  if (replicas < 0) {
    const cause = invalidValue('spec.replicas', replicas, 'must be greater than or equal to 0');
    throw invalid({ group: 'autoscaling', kind: 'Scale' }, object.metadata.name, [cause]);
  }
  const { uid, resourceVersion } = scale.metadata ?? {};
  const metadata = { ...object.metadata, resourceVersion, ...(uid && { uid }) };
  return { ...object, kind: kind.kind, metadata, spec: { ...object.spec, replicas } };
}

const operators: Record<string, string> = { In: 'in', NotIn: 'notin' };

function selectorText(selector: Json): string {
  // A ReplicationController's selector is a plain map.
  const labels = selector?.matchLabels ?? (selector?.matchExpressions ? {} : (selector ?? {}));
  const equal = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  const others = (selector?.matchExpressions ?? []).map(({ key, operator, values }: Json) => {
    if (operator === 'Exists') return key;
    if (operator === 'DoesNotExist') return `!${key}`;
    return `${key} ${operators[operator]} (${values.toSorted().join(',')})`;
  });
  return [...equal, ...others].sort().join(',');
}
