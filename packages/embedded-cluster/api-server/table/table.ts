import type { Json } from '../../api/json.ts';
import type { Kind } from '../../api/kinds.ts';
import { goText } from '../../api/label-selector.ts';
import { ageOf, type Layout, labelsText, layout, none, unset } from './layout.ts';
import { workloads } from './workloads.ts';

const bindings = layout('Name, Role, Age, +Users, +Groups, +ServiceAccounts', ({ roleRef, subjects = [] }) => {
  const named = (kind: string, text = ({ name }: Json): string => name) =>
    (subjects as Json[])
      .filter((each) => each.kind === kind)
      .map((each) => text(each))
      .join(', ');
  const accounts = named('ServiceAccount', ({ namespace = '', name }) => `${namespace}/${name}`);
  return [`${roleRef.kind}/${roleRef.name}`, named('User'), named('Group'), accounts];
});

/** The tables of the other kinds (printers.go). */
const layouts: Record<string, Layout> = {
  ...workloads,
  services: layout('Name, Type, Cluster-IP, External-IP, Port(s), Age, +Selector', ({ spec, status = {} }) => {
    const ports = (spec.ports ?? []).map(({ port, nodePort, protocol }: Json) =>
      nodePort ? `${port}:${nodePort}/${protocol}` : `${port}/${protocol}`,
    );
    const outside: string[] = [
      ...(status.loadBalancer?.ingress ?? []).map(({ ip, hostname }: Json) => ip ?? hostname),
      ...(spec.externalIPs ?? []),
    ];
    const missing = spec.type === 'LoadBalancer' ? '<pending>' : none;
    const external = spec.type === 'ExternalName' ? spec.externalName : outside.join(',') || missing;
    return [spec.type, spec.clusterIPs?.[0] ?? none, external, ports.join(',') || none, labelsText(spec.selector)];
  }),
  nodes: layout(
    'Name, Status, Roles, Age, Version, +Internal-IP, +External-IP, +OS-Image, +Kernel-Version, +Container-Runtime',
    ({ metadata, spec = {}, status = {} }) => {
      const ready = (status.conditions ?? []).find((condition: Json) => condition.type === 'Ready');
      const words = [ready === undefined ? 'Unknown' : ready.status === 'True' ? 'Ready' : 'NotReady'];
      if (spec.unschedulable) words.push('SchedulingDisabled');
      const rolePrefix = 'node-role.kubernetes.io/';
      const labels = Object.keys(metadata.labels ?? {}).filter((key) => key.startsWith(rolePrefix));
      const roles = labels.map((key) => key.slice(rolePrefix.length)).sort();
      const info = status.nodeInfo ?? {};
      const address = (type: string) =>
        (status.addresses ?? []).find((each: Json) => each.type === type)?.address ?? none;
      return [
        words.join(','),
        roles.join(',') || none,
        info.kubeletVersion ?? '',
        address('InternalIP'),
        address('ExternalIP'),
        info.osImage || '<unknown>',
        (info.kernelVersion || '<unknown>') + (info.architecture ? ` (${info.architecture})` : ''),
        info.containerRuntimeVersion || '<unknown>',
      ];
    },
  ),
  endpoints: layout('Name, Endpoints, Age', ({ subsets }) => {
    const all: string[] = (subsets ?? []).flatMap(({ addresses = [], ports }: Json) =>
      (ports ?? [undefined]).flatMap((port: Json) =>
        addresses.map(({ ip }: Json) => (port ? `${ip}:${port.port}` : ip)),
      ),
    );
    return [all.length === 0 ? none : firstThree(all)];
  }),
  endpointslices: layout('Name, AddressType, Ports, Endpoints, Age', ({ addressType, ports, endpoints }) => [
    addressType,
    firstThree((ports ?? []).map(({ port, name }: Json) => String(port ?? name ?? '*'))),
    firstThree((endpoints ?? []).flatMap(({ addresses }: Json) => addresses ?? [])),
  ]),
  events: layout(
    'Last Seen, Type, Reason, Object, +Subobject, +Source, Message, +First Seen, +Count, +Name',
    (event, now) => {
      const { type = '', reason = '', message = '', source = {}, series } = event;
      const first = event.firstTimestamp ?? event.eventTime;
      const last = series ? series.lastObservedTime : event.lastTimestamp || first;
      const { kind = '', name, fieldPath = '' } = event.involvedObject ?? {};
      const component = source.component || event.reportingComponent || '';
      const instance = source.host || event.reportingInstance || '';
      return [
        ageOf(last, now),
        type,
        reason,
        name ? `${kind.toLowerCase()}/${name}` : kind.toLowerCase(),
        fieldPath,
        instance === '' ? component : `${component}, ${instance}`,
        message.trim(),
        ageOf(first, now),
        series?.count ?? event.count ?? 1,
      ];
    },
  ),
  namespaces: layout('Name, Status, Age', ({ status }) => [status?.phase ?? '']),
  configmaps: layout('Name, Data, Age', ({ data, binaryData }) => [Object.keys({ ...data, ...binaryData }).length]),
  rolebindings: bindings,
  clusterrolebindings: bindings,
  resourcequotas: layout('Name, Request, Limit, Age', ({ status: { hard = {}, used = {} } = {} }) => {
    const [limits = [], requests = []] = [true, false].map((isLimit) =>
      Object.keys(hard)
        .filter((name) => name.startsWith('limits.') === isLimit)
        .sort()
        .map((name) => `${name}: ${used[name] ?? 0}/${hard[name]}`),
    );
    return [requests.join(', '), limits.join(', ')];
  }),
  priorityclasses: layout('Name, #Value, Global-Default, Age, PreemptionPolicy', (object) => {
    return [object.value, object.globalDefault ?? false, object.preemptionPolicy];
  }),
  secrets: layout('Name, Type, Data, Age', ({ type, data }) => [type, Object.keys(data ?? {}).length]),
  leases: layout('Name, Holder, Age', ({ spec }) => [spec.holderIdentity ?? '']),
  networkpolicies: layout('Name, Pod-Selector, Age', ({ spec }) => [labelsText(spec.podSelector)]),
  mutatingadmissionpolicies: layout('Name, #Mutations, ParamKind, Age', ({ spec: { mutations, paramKind } }) => [
    mutations?.length ?? 0,
    paramKind === undefined ? unset : `${paramKind.apiVersion}/${paramKind.kind}`,
  ]),
  mutatingadmissionpolicybindings: layout('Name, PolicyName, ParamRef, Age', ({ spec }) => {
    return [spec.policyName, paramText(spec.paramRef)];
  }),
  serviceaccounts: layout('Name, Age', () => []),
};

/** The first three, and the number of the others. */
function firstThree(all: readonly string[]): string {
  if (all.length === 0) return unset;
  return all.length > 3 ? `${all.slice(0, 3).join(',')} + ${all.length - 3} more...` : all.join(',');
}

function paramText(paramRef: Json): string {
  if (paramRef?.name) return `${paramRef.namespace || '*'}/${paramRef.name}`;
  return paramRef?.selector === undefined ? unset : goText(paramRef.selector);
}

/** Other kinds show their creation time instead of an age (rest/table.go). */
const fallback = layout('Name, Created At', ({ metadata }) => [metadata.creationTimestamp]);

export function layoutOf({ resource }: Kind): Layout {
  return layouts[resource] ?? fallback;
}
