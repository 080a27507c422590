import type { KubeObject } from '../../api/api.ts';
import type { Json } from '../../api/json.ts';
import { selectorText } from '../select/selector-text.ts';
import { ageOf, humanDuration } from './duration.ts';

/** The table cells of all kinds but pods (printers.go). */

const none = '<none>';

function age({ metadata }: KubeObject, now: number): string {
  return ageOf(metadata.creationTimestamp, now);
}

function labelsText(labels: Json): string {
  return selectorText(labels) || none;
}

/** Names and images of a template's containers. */
function containers(template: Json): [string, string] {
  const all: Json[] = template?.spec?.containers ?? [];
  return [all.map(({ name }) => name).join(','), all.map(({ image }) => image).join(',')];
}

export function deploymentCells(object: KubeObject, now: number): unknown[] {
  const { metadata, spec, status = {} } = object;
  const ready = `${status.readyReplicas ?? 0}/${spec.replicas}`;
  const counts = [status.updatedReplicas ?? 0, status.availableReplicas ?? 0];
  return [metadata.name, ready, ...counts, age(object, now), ...containers(spec.template), selectorText(spec.selector)];
}

export function replicaSetCells(object: KubeObject, now: number): unknown[] {
  const { metadata, spec, status = {} } = object;
  const counts = [spec.replicas, status.replicas ?? 0, status.readyReplicas ?? 0];
  return [metadata.name, ...counts, age(object, now), ...containers(spec.template), labelsText(spec.selector)];
}

export function daemonSetCells(object: KubeObject, now: number): unknown[] {
  const { metadata, spec, status = {} } = object;
  const counts = [
    status.desiredNumberScheduled ?? 0,
    status.currentNumberScheduled ?? 0,
    status.numberReady ?? 0,
    status.updatedNumberScheduled ?? 0,
    status.numberAvailable ?? 0,
  ];
  const { nodeSelector } = spec.template.spec;
  const shown = [...counts, labelsText(nodeSelector), age(object, now)];
  return [metadata.name, ...shown, ...containers(spec.template), labelsText(spec.selector)];
}

export function statefulSetCells(object: KubeObject, now: number): unknown[] {
  const { metadata, spec, status = {} } = object;
  return [
    metadata.name,
    `${status.readyReplicas ?? 0}/${spec.replicas}`,
    age(object, now),
    ...containers(spec.template),
  ];
}

export function jobCells(object: KubeObject, now: number): unknown[] {
  const { metadata, spec, status = {} } = object;
  const wanted = spec.completions ?? (spec.parallelism > 1 ? `1 of ${spec.parallelism}` : '1');
  const started = status.startTime ? Date.parse(status.startTime) : undefined;
  const ended = status.completionTime ? Date.parse(status.completionTime) : now;
  const duration = started === undefined ? '' : humanDuration(ended - started);
  const completions = `${status.succeeded ?? 0}/${wanted}`;
  const shown = [metadata.name, jobWord(object), completions, duration, age(object, now)];
  return [...shown, ...containers(spec.template), labelsText(spec.selector)];
}

function jobWord({ metadata, status = {} }: KubeObject): string {
  const is = (type: string) =>
    (status.conditions ?? []).some((each: Json) => each.type === type && each.status === 'True');
  if (is('Complete')) return 'Complete';
  if (is('Failed')) return 'Failed';
  if (metadata.deletionTimestamp) return 'Terminating';
  return ['Suspended', 'FailureTarget', 'SuccessCriteriaMet'].find(is) ?? 'Running';
}

export function cronJobCells(object: KubeObject, now: number): unknown[] {
  const { metadata, spec, status = {} } = object;
  const last = status.lastScheduleTime ? ageOf(status.lastScheduleTime, now) : none;
  const suspended = spec.suspend ? 'True' : 'False';
  const shown = [spec.schedule, spec.timeZone ?? none, suspended, (status.active ?? []).length, last, age(object, now)];
  const { template, selector } = spec.jobTemplate.spec;
  return [metadata.name, ...shown, ...containers(template), labelsText(selector)];
}

export function serviceCells(object: KubeObject, now: number): unknown[] {
  const { metadata, spec, status = {} } = object;
  const ports = (spec.ports ?? []).map(({ port, nodePort, protocol }: Json) =>
    nodePort ? `${port}:${nodePort}/${protocol}` : `${port}/${protocol}`,
  );
  const outside: string[] = [
    ...(status.loadBalancer?.ingress ?? []).map(({ ip, hostname }: Json) => ip ?? hostname),
    ...(spec.externalIPs ?? []),
  ];
  const unset = spec.type === 'LoadBalancer' ? '<pending>' : none;
  const external = spec.type === 'ExternalName' ? spec.externalName : outside.join(',') || unset;
  const shown = [spec.type, spec.clusterIPs?.[0] ?? none, external, ports.join(',') || none, age(object, now)];
  return [metadata.name, ...shown, labelsText(spec.selector)];
}

export function nodeCells(object: KubeObject, now: number): unknown[] {
  const { metadata, spec = {}, status = {} } = object;
  const ready = (status.conditions ?? []).find((condition: Json) => condition.type === 'Ready');
  const words = [ready === undefined ? 'Unknown' : ready.status === 'True' ? 'Ready' : 'NotReady'];
  if (spec.unschedulable) words.push('SchedulingDisabled');
  const rolePrefix = 'node-role.kubernetes.io/';
  const roles = Object.keys(metadata.labels ?? {}).filter((key) => key.startsWith(rolePrefix));
  const role =
    roles
      .map((key) => key.slice(rolePrefix.length))
      .sort()
      .join(',') || none;
  const info = status.nodeInfo ?? {};
  const address = (type: string) => (status.addresses ?? []).find((each: Json) => each.type === type)?.address ?? none;
  const kernel = (info.kernelVersion || '<unknown>') + (info.architecture ? ` (${info.architecture})` : '');
  const runtime = info.containerRuntimeVersion || '<unknown>';
  const shown = [metadata.name, words.join(','), role, age(object, now), info.kubeletVersion ?? ''];
  return [...shown, address('InternalIP'), address('ExternalIP'), info.osImage || '<unknown>', kernel, runtime];
}

/** The first three, and the number of the others. */
function firstThree(all: readonly string[]): string {
  if (all.length === 0) return '<unset>';
  return all.length > 3 ? `${all.slice(0, 3).join(',')} + ${all.length - 3} more...` : all.join(',');
}

export function endpointSliceCells(object: KubeObject, now: number): unknown[] {
  const ports = (object.ports ?? []).map(({ port, name }: Json) => String(port ?? name ?? '*'));
  const addresses = (object.endpoints ?? []).flatMap((endpoint: Json) => endpoint.addresses ?? []);
  return [object.metadata.name, object.addressType, firstThree(ports), firstThree(addresses), age(object, now)];
}

export function endpointsCells(object: KubeObject, now: number): unknown[] {
  const all: string[] = (object.subsets ?? []).flatMap(({ addresses = [], ports }: Json) =>
    (ports ?? [undefined]).flatMap((port: Json) => addresses.map(({ ip }: Json) => (port ? `${ip}:${port.port}` : ip))),
  );
  return [object.metadata.name, all.length === 0 ? none : firstThree(all), age(object, now)];
}

export function eventCells(event: KubeObject, now: number): unknown[] {
  const first = ageOf(event.firstTimestamp ?? event.eventTime, now);
  const last = event.series
    ? ageOf(event.series.lastObservedTime, now)
    : event.lastTimestamp
      ? ageOf(event.lastTimestamp, now)
      : first;
  const { kind = '', name, fieldPath = '' } = event.involvedObject ?? {};
  const target = name ? `${kind.toLowerCase()}/${name}` : kind.toLowerCase();
  const component = event.source?.component || event.reportingComponent || '';
  const instance = event.source?.host || event.reportingInstance || '';
  const source = instance === '' ? component : `${component}, ${instance}`;
  const count = event.series?.count ?? event.count ?? 1;
  const message = (event.message ?? '').trim();
  const shown = [last, event.type ?? '', event.reason ?? '', target, fieldPath, source, message, first];
  return [...shown, count, event.metadata.name];
}

export function budgetCells(object: KubeObject, now: number): unknown[] {
  const { metadata, spec, status = {} } = object;
  const bounds = [spec.minAvailable, spec.maxUnavailable].map((bound) => (bound === undefined ? 'N/A' : String(bound)));
  return [metadata.name, ...bounds, status.disruptionsAllowed ?? 0, age(object, now)];
}

export function autoscalerCells(object: KubeObject, now: number): unknown[] {
  const { metadata, spec, status = {} } = object;
  const targets = (spec.metrics ?? []).map(({ resource }: Json, index: number) => {
    if (!resource) return '<unknown type>';
    const current = status.currentMetrics?.[index]?.resource?.current;
    const { averageUtilization, averageValue } = resource.target;
    const wanted = averageValue ?? (averageUtilization === undefined ? '<auto>' : `${averageUtilization}%`);
    const percent = current?.averageUtilization === undefined ? undefined : `${current.averageUtilization}%`;
    return `${resource.name}: ${current?.averageValue ?? percent ?? '<unknown>'}/${wanted}`;
  });
  const { kind, name } = spec.scaleTargetRef;
  const bounds = [String(spec.minReplicas ?? '<unset>'), spec.maxReplicas, status.currentReplicas ?? 0];
  return [metadata.name, `${kind}/${name}`, targets.join(', ') || none, ...bounds, age(object, now)];
}

export function controllerRevisionCells(object: KubeObject, now: number): unknown[] {
  const owner = object.metadata.ownerReferences?.find(({ controller }) => controller);
  const group = owner?.apiVersion.includes('/') ? `.${owner.apiVersion.split('/')[0]}` : '';
  const named = owner === undefined ? none : `${owner.kind.toLowerCase()}${group}/${owner.name}`;
  return [object.metadata.name, named, object.revision, age(object, now)];
}

/** Of a RoleBinding or ClusterRoleBinding. */
export function bindingCells(object: KubeObject, now: number): unknown[] {
  const { metadata, roleRef, subjects = [] } = object;
  const named = (kind: string, text: (subject: Json) => string) =>
    (subjects as Json[])
      .filter((each) => each.kind === kind)
      .map(text)
      .join(', ');
  const name = ({ name }: Json) => name;
  const accounts = named('ServiceAccount', (each) => `${each.namespace ?? ''}/${each.name}`);
  return [
    metadata.name,
    `${roleRef.kind}/${roleRef.name}`,
    age(object, now),
    named('User', name),
    named('Group', name),
    accounts,
  ];
}

export function quotaCells(object: KubeObject, now: number): unknown[] {
  const { hard = {}, used = {} } = object.status ?? {};
  const shown = (isLimit: boolean) =>
    Object.keys(hard)
      .filter((name) => name.startsWith('limits.') === isLimit)
      .sort()
      .map((name) => `${name}: ${used[name] ?? 0}/${hard[name]}`)
      .join(', ');
  return [object.metadata.name, shown(false), shown(true), age(object, now)];
}
