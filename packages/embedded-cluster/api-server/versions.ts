import type { KubeObject } from '../api/api.ts';
import type { Json } from '../api/json.ts';
import { groupVersionOf, isStoredVersion, type Kind, kindOf } from '../api/kinds.ts';

/** The fields of core events and their names in events.k8s.io. */
const servedNames = new Map([
  ['involvedObject', 'regarding'],
  ['message', 'note'],
  ['source', 'deprecatedSource'],
  ['firstTimestamp', 'deprecatedFirstTimestamp'],
  ['lastTimestamp', 'deprecatedLastTimestamp'],
  ['count', 'deprecatedCount'],
  ['reportingComponent', 'reportingController'],
]);
const storedNames = new Map([...servedNames].map(([stored, served]) => [served, stored]));

/** A copy of the object; fields without another name keep theirs. */
function renamed(object: Json, names: ReadonlyMap<string, string>): Json {
  return Object.fromEntries(Object.entries(object).map(([field, value]) => [names.get(field) ?? field, value]));
}

/** Converts a stored object to the kind's version; most kinds have only one. */
export function served(kind: Kind, stored: KubeObject): KubeObject {
  if (isStoredVersion(kind)) return stored;
  const apiVersion = groupVersionOf(kind);
  if (kind.resource === 'events') return { ...renamed(stored, servedNames), apiVersion };
  const { metrics = [], behavior: _behavior, ...spec } = stored.spec;
  const { currentMetrics: _current, conditions: _conditions, ...status } = stored.status ?? {};
  const ofCpu = metrics.find(({ resource }: Json) => resource?.name === 'cpu');
  const cpu = ofCpu?.resource.target.averageUtilization;
  return {
    ...stored,
    apiVersion,
    spec: { ...spec, ...(cpu && { targetCPUUtilizationPercentage: cpu }) },
    status: { currentReplicas: 0, ...status },
  };
}

/** Converts an object in the kind's version to the stored version. */
export function toStored(kind: Kind, object: Json): Json {
  if (isStoredVersion(kind)) return object;
  const apiVersion = groupVersionOf(kindOf(kind.resource));
  if (kind.resource === 'events') return { ...renamed(object, storedNames), apiVersion };
  const { targetCPUUtilizationPercentage: cpu, ...spec } = object.spec ?? {};
  const target = { type: 'Utilization', averageUtilization: cpu };
  const metrics = [{ type: 'Resource', resource: { name: 'cpu', target } }];
  return { ...object, apiVersion, spec: { ...spec, ...(cpu !== undefined && { metrics }) } };
}
