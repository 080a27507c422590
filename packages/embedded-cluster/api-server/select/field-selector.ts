import type { KubeObject } from '../../api/api.ts';
import { badRequest } from '../../api/api-error.ts';
import type { Json } from '../../api/json.ts';
import type { Kind } from '../../api/kinds.ts';

/** True for selected objects. */
export type Selects = (object: KubeObject) => boolean;

const everyKind = ['metadata.name', 'metadata.namespace'];

function under(parent: string, ...names: string[]): string[] {
  return names.map((name) => `${parent}.${name}`);
}

/** The selectable fields in the stored version; other kinds have only name and namespace. */
const fields: Record<string, readonly string[]> = {
  pods: [
    ...under('spec', 'nodeName', 'restartPolicy', 'schedulerName', 'serviceAccountName', 'hostNetwork'),
    ...under('status', 'phase', 'podIP', 'podIPs', 'nominatedNodeName'),
  ],
  nodes: ['spec.unschedulable'],
  namespaces: ['status.phase'],
  services: ['spec.clusterIP', 'spec.type'],
  secrets: ['type'],
  replicationcontrollers: ['status.replicas'],
  jobs: ['status.successful'],
  events: [
    ...under('involvedObject', 'kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'),
    ...['reason', 'reportingComponent', 'source', 'type'],
  ],
};

/** Fields that are omitted while they have these zero values. */
const zeroValues: Record<string, string> = {
  'spec.hostNetwork': 'false',
  'spec.unschedulable': 'false',
  'status.replicas': '0',
};

/** Parses `spec.nodeName=node-1,status.phase!=Running`; throws 400. */
export function parseFieldSelector(kind: Kind, selector: string): Selects {
  const terms = selector.split(/(?<!\\),/).filter((term) => term !== '');
  const tests = terms.map((term) => {
    const found = /^(.*?)(!=|==|=)(.*)$/.exec(term);
    if (found === null) throw badRequest(`invalid selector: '${selector}'; can't understand '${term}'`);
    const [, label = '', operator, value = ''] = found;
    const field = storedField(kind, label);
    const wanted = value.replace(/\\(.)/g, '$1');
    return (object: KubeObject) => (fieldOf(object, field) === wanted) === (operator !== '!=');
  });
  return (object) => tests.every((test) => test(object));
}

function storedField(kind: Kind, label: string): string {
  // events.k8s.io names the same fields differently.
  const renamed = kind.group === 'events.k8s.io' ? label.replace(/^regarding\./, 'involvedObject.') : label;
  const field = renamed === 'reportingController' ? 'reportingComponent' : renamed;
  if (everyKind.includes(field) || fields[kind.resource]?.includes(field)) return field;
  // Kinds with conversion code of their own have another message. Jobs have none.
  if (kind.resource !== 'jobs' && fields[kind.resource]) throw badRequest(`field label not supported: ${label}`);
  throw badRequest(
    `${JSON.stringify(label)} is not a known field selector: only "metadata.name", "metadata.namespace"`,
  );
}

function fieldOf(object: KubeObject, field: string): string {
  if (field === 'source') return object.source?.component ?? object.reportingComponent ?? '';
  if (field === 'status.successful') return String(object.status?.succeeded ?? 0);
  const value = field.split('.').reduce((outer: Json, name) => outer?.[name], object);
  if (field === 'status.podIPs') return value?.[0]?.ip ?? '';
  return String(value ?? zeroValues[field] ?? '');
}
