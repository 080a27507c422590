import type { KubeObject } from '../../api/api.ts';
import type { Json } from '../../api/json.ts';
import { selectorText } from '../select/selector-text.ts';
import { ageOf, humanDuration } from './duration.ts';

/** The table cells of all kinds but pods, without name and age (printers.go). */

const none = '<none>';

function labelsText(labels: Json): string {
  return selectorText(labels) || none;
}

/** Names and images of a template's containers. */
function containers(template: Json): [string, string] {
  const all: Json[] = template?.spec?.containers ?? [];
  return [all.map(({ name }) => name).join(','), all.map(({ image }) => image).join(',')];
}

export function deploymentCells({ spec, status = {} }: KubeObject): unknown[] {
  const ready = `${status.readyReplicas ?? 0}/${spec.replicas}`;
  const counts = [status.updatedReplicas ?? 0, status.availableReplicas ?? 0];
  return [ready, ...counts, ...containers(spec.template), selectorText(spec.selector)];
}

export function replicaSetCells({ spec, status = {} }: KubeObject): unknown[] {
  const counts = [spec.replicas, status.replicas ?? 0, status.readyReplicas ?? 0];
  return [...counts, ...containers(spec.template), labelsText(spec.selector)];
}

export function daemonSetCells({ spec, status = {} }: KubeObject): unknown[] {
  const counts = [
    status.desiredNumberScheduled ?? 0,
    status.currentNumberScheduled ?? 0,
    status.numberReady ?? 0,
    status.updatedNumberScheduled ?? 0,
    status.numberAvailable ?? 0,
  ];
  const { nodeSelector } = spec.template.spec;
  return [...counts, labelsText(nodeSelector), ...containers(spec.template), labelsText(spec.selector)];
}

export function statefulSetCells({ spec, status = {} }: KubeObject): unknown[] {
  return [`${status.readyReplicas ?? 0}/${spec.replicas}`, ...containers(spec.template)];
}

export function jobCells(object: KubeObject, now: number): unknown[] {
  const { spec, status = {} } = object;
  const wanted = spec.completions ?? (spec.parallelism > 1 ? `1 of ${spec.parallelism}` : '1');
  const started = status.startTime ? Date.parse(status.startTime) : undefined;
  const ended = status.completionTime ? Date.parse(status.completionTime) : now;
  const duration = started === undefined ? '' : humanDuration(ended - started);
  const completions = `${status.succeeded ?? 0}/${wanted}`;
  return [jobWord(object), completions, duration, ...containers(spec.template), labelsText(spec.selector)];
}

function jobWord({ metadata, status = {} }: KubeObject): string {
  const is = (type: string) =>
    (status.conditions ?? []).some((each: Json) => each.type === type && each.status === 'True');
  if (is('Complete')) return 'Complete';
  if (is('Failed')) return 'Failed';
  if (metadata.deletionTimestamp) return 'Terminating';
  return ['Suspended', 'FailureTarget', 'SuccessCriteriaMet'].find(is) ?? 'Running';
}

export function cronJobCells({ spec, status = {} }: KubeObject, now: number): unknown[] {
  const last = status.lastScheduleTime ? ageOf(status.lastScheduleTime, now) : none;
  const suspended = spec.suspend ? 'True' : 'False';
  const shown = [spec.schedule, spec.timeZone ?? none, suspended, (status.active ?? []).length, last];
  const { template, selector } = spec.jobTemplate.spec;
  return [...shown, ...containers(template), labelsText(selector)];
}

export function serviceCells({ spec, status = {} }: KubeObject): unknown[] {
  const ports = (spec.ports ?? []).map(({ port, nodePort, protocol }: Json) =>
    nodePort ? `${port}:${nodePort}/${protocol}` : `${port}/${protocol}`,
  );
  const outside: string[] = [
    ...(status.loadBalancer?.ingress ?? []).map(({ ip, hostname }: Json) => ip ?? hostname),
    ...(spec.externalIPs ?? []),
  ];
  const unset = spec.type === 'LoadBalancer' ? '<pending>' : none;
  const external = spec.type === 'ExternalName' ? spec.externalName : outside.join(',') || unset;
  const address = spec.clusterIPs?.[0] ?? none;
  return [spec.type, address, external, ports.join(',') || none, labelsText(spec.selector)];
}

export function nodeCells({ metadata, spec = {}, status = {} }: KubeObject): unknown[] {
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
  const shown = [words.join(','), role, info.kubeletVersion ?? ''];
  return [...shown, address('InternalIP'), address('ExternalIP'), info.osImage || '<unknown>', kernel, runtime];
}

/** The first three, and the number of the others. */
function firstThree(all: readonly string[]): string {
  if (all.length === 0) return '<unset>';
  return all.length > 3 ? `${all.slice(0, 3).join(',')} + ${all.length - 3} more...` : all.join(',');
}

export function endpointSliceCells(object: KubeObject): unknown[] {
  const ports = (object.ports ?? []).map(({ port, name }: Json) => String(port ?? name ?? '*'));
  const addresses = (object.endpoints ?? []).flatMap((endpoint: Json) => endpoint.addresses ?? []);
  return [object.addressType, firstThree(ports), firstThree(addresses)];
}

export function endpointsCells(object: KubeObject): unknown[] {
  const all: string[] = (object.subsets ?? []).flatMap(({ addresses = [], ports }: Json) =>
    (ports ?? [undefined]).flatMap((port: Json) => addresses.map(({ ip }: Json) => (port ? `${ip}:${port.port}` : ip))),
  );
  return [all.length === 0 ? none : firstThree(all)];
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
  return [...shown, count];
}

export function budgetCells({ spec, status = {} }: KubeObject): unknown[] {
  const bounds = [spec.minAvailable, spec.maxUnavailable].map((bound) => (bound === undefined ? 'N/A' : String(bound)));
  return [...bounds, status.disruptionsAllowed ?? 0];
}

export function autoscalerCells({ spec, status = {} }: KubeObject): unknown[] {
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
  return [`${kind}/${name}`, targets.join(', ') || none, ...bounds];
}

export function controllerRevisionCells(object: KubeObject): unknown[] {
  const owner = object.metadata.ownerReferences?.find(({ controller }) => controller);
  const group = owner?.apiVersion.includes('/') ? `.${owner.apiVersion.split('/')[0]}` : '';
  const named = owner === undefined ? none : `${owner.kind.toLowerCase()}${group}/${owner.name}`;
  return [named, object.revision];
}

/** Of a RoleBinding or ClusterRoleBinding. */
export function bindingCells({ roleRef, subjects = [] }: KubeObject): unknown[] {
  const named = (kind: string, text: (subject: Json) => string) =>
    (subjects as Json[])
      .filter((each) => each.kind === kind)
      .map(text)
      .join(', ');
  const name = (subject: Json) => subject.name;
  const accounts = named('ServiceAccount', (each) => `${each.namespace ?? ''}/${each.name}`);
  return [`${roleRef.kind}/${roleRef.name}`, named('User', name), named('Group', name), accounts];
}

export function quotaCells({ status = {} }: KubeObject): unknown[] {
  const { hard = {}, used = {} } = status;
  const shown = (isLimit: boolean) =>
    Object.keys(hard)
      .filter((name) => name.startsWith('limits.') === isLimit)
      .sort()
      .map((name) => `${name}: ${used[name] ?? 0}/${hard[name]}`)
      .join(', ');
  return [shown(false), shown(true)];
}
