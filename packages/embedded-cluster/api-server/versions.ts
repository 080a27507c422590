import type { KubeObject } from '../api/api.ts';
import type { Json } from '../api/json.ts';
import { groupVersionOf, isStoredVersion, type Kind, kindOf } from '../api/kinds.ts';

/** The fields of core events and their names in events.k8s.io. */
const eventNames: readonly (readonly [stored: string, served: string])[] = [
  ['involvedObject', 'regarding'],
  ['message', 'note'],
  ['source', 'deprecatedSource'],
  ['firstTimestamp', 'deprecatedFirstTimestamp'],
  ['lastTimestamp', 'deprecatedLastTimestamp'],
  ['count', 'deprecatedCount'],
  ['reportingComponent', 'reportingController'],
];

function renamed(object: Json, names: readonly (readonly [string, string])[]): Json {
  const copy: Json = {};
  for (const [field, value] of Object.entries(object)) {
    copy[names.find(([from]) => from === field)?.[1] ?? field] = value;
  }
  return copy;
}

function targetCpu(spec: Json): number | undefined {
  const cpu = (spec.metrics ?? []).find((metric: Json) => metric.resource?.name === 'cpu');
  return cpu?.resource.target.averageUtilization;
}

/** Converts a stored object to the kind's version; most kinds have only one. */
export function served(kind: Kind, stored: KubeObject): KubeObject {
  if (isStoredVersion(kind)) return stored;
  const object = kind.resource === 'events' ? renamed(stored, eventNames) : { ...stored };
  object.apiVersion = groupVersionOf(kind);
  if (kind.resource !== 'horizontalpodautoscalers') return object;
  const { metrics: _metrics, behavior: _behavior, ...spec } = stored.spec;
  const cpu = targetCpu(stored.spec);
  const { currentMetrics: _current, conditions: _conditions, ...status } = stored.status ?? {};
  return {
    ...object,
    spec: { ...spec, ...(cpu && { targetCPUUtilizationPercentage: cpu }) },
    status: { currentReplicas: 0, ...status },
  };
}

/** Converts an object in the kind's version to the stored version. */
export function toStored(kind: Kind, object: Json): Json {
  if (isStoredVersion(kind)) return object;
  const stored =
    kind.resource === 'events'
      ? renamed(
          object,
          eventNames.map(([a, b]) => [b, a] as const),
        )
      : { ...object };
  stored.apiVersion = groupVersionOf(kindOf(kind.resource));
  if (kind.resource !== 'horizontalpodautoscalers') return stored;
  const { targetCPUUtilizationPercentage: cpu, ...spec } = object.spec ?? {};
  if (cpu === undefined) return { ...stored, spec };
  const metric = {
    type: 'Resource',
    resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: cpu } },
  };
  return { ...stored, spec: { ...spec, metrics: [metric] } };
}
