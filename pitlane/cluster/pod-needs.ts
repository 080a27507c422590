import {
  type ContainerNeeds,
  type HostPort,
  type PodNeeds,
  requestsOf,
  type Toleration,
} from '../rotation/pod-needs.ts';
import { atLeast, type Resources } from '../rotation/resources.ts';
import type { JsonContainer, JsonContainerStatus, JsonPod, JsonToleration } from './json.ts';
import { isSidecar } from './pod-status.ts';
import { resourcesOf } from './quantity.ts';

type JsonSpec = JsonPod['spec'];
type RequestsOf = (container: JsonContainer) => Resources;

/** Of a pod, or of a template. The API server adds some defaults only to pods, so they are added here too. */
export function needsOf(spec: JsonSpec, requested: RequestsOf = requestsInSpec): PodNeeds {
  const containers = [
    ...(spec.initContainers ?? []).map((each) => containerOf(each, isSidecar(each) ? 'sidecar' : 'init')),
    ...spec.containers.map((each) => containerOf(each, 'main')),
  ];
  const claims = (spec.volumes ?? []).flatMap(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName ?? []);
  return {
    containers,
    podLevel: podLevelOf(spec, containers),
    overhead: resourcesOf(spec.overhead),
    nodeSelector: spec.nodeSelector ?? {},
    nodeAffinity: spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms,
    tolerations: (spec.tolerations ?? []).map(tolerationOf),
    claims: [...new Set(claims)].sort(),
    priority: spec.priority,
    priorityClass: spec.priorityClassName || undefined,
    preempts: spec.preemptionPolicy !== 'Never',
    notChecked: notCheckedIn(spec),
  };

  function containerOf(container: JsonContainer, role: ContainerNeeds['role']): ContainerNeeds {
    const hostPorts = (container.ports ?? []).flatMap((port) => hostPortOf(port, spec.hostNetwork === true));
    return { name: container.name, role, requests: requested(container), hostPorts };
  }
}

/** By default a container requests its limits (core/v1 defaults.go, SetDefaults_Pod). */
function requestsInSpec({ resources }: JsonContainer): Resources {
  return resourcesOf({ ...resources?.limits, ...resources?.requests });
}

/** In the network of the host every port is a host port (core/v1 defaults.go, defaultHostNetworkPorts). */
function hostPortOf(
  { hostPort, containerPort, hostIP, protocol }: NonNullable<JsonContainer['ports']>[number],
  isHostNetwork: boolean,
): HostPort[] {
  const port = hostPort || (isHostNetwork ? containerPort : undefined);
  return port ? [{ ip: hostIP || '0.0.0.0', protocol: protocol ?? 'TCP', port }] : [];
}

/** A limit is the request only of what no container requests (core/v1 defaults.go, defaultPodRequests). */
function podLevelOf({ resources }: JsonSpec, containers: readonly ContainerNeeds[]): Resources {
  const requested = requestsOf({ containers, podLevel: {}, overhead: {} });
  const limits = Object.entries(resources?.limits ?? {}).filter(([name]) => requested[name] === undefined);
  const named = Object.entries({ ...Object.fromEntries(limits), ...resources?.requests });
  // The only resources that a pod may request as a whole (resource/helpers.go, IsSupportedPodLevelResource).
  return resourcesOf(Object.fromEntries(named.filter(([name]) => /^(cpu|memory|hugepages-.*)$/.test(name))));
}

function tolerationOf({ key, operator, value, effect }: JsonToleration): Toleration {
  return {
    operator: operator === 'Exists' ? 'Exists' : 'Equal',
    key: key || undefined,
    value,
    effect: effect || undefined,
  };
}

const DEFAULT_SCHEDULER = 'default-scheduler';

function notCheckedIn(spec: JsonSpec): readonly string[] {
  const { affinity, topologySpreadConstraints = [], schedulerName = DEFAULT_SCHEDULER } = spec;
  const rules = [affinity?.podAffinity, affinity?.podAntiAffinity];
  const hasRules =
    rules.some((rule) => rule?.requiredDuringSchedulingIgnoredDuringExecution !== undefined) ||
    topologySpreadConstraints.some(({ whenUnsatisfiable }) => whenUnsatisfiable === 'DoNotSchedule');
  return [
    ...(hasRules ? ['its affinity and spread rules'] : []),
    ...((spec.resourceClaims ?? []).length > 0 ? ['its device claims'] : []),
    ...((spec.schedulingGates ?? []).length > 0 ? ['its scheduling gates'] : []),
    ...(schedulerName === DEFAULT_SCHEDULER ? [] : [`its scheduler ${schedulerName}`]),
  ];
}

/**
 * What a pod takes from its node: during a resize in place the most of what it asks for, was granted and really has
 * (resource/helpers.go, AggregateContainerRequests with UseStatusResources).
 */
export function takenBy({ spec, status }: JsonPod): Resources {
  const statuses = [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])];
  const total = (requested?: RequestsOf): Resources => requestsOf(needsOf(spec, requested));
  if (!statuses.some(({ resources, allocatedResources }) => resources?.requests ?? allocatedResources)) return total();
  const by = (read: (status: JsonContainerStatus) => Readonly<Record<string, string>> | undefined): Resources =>
    total((container) => {
      const found = statuses.find(({ name }) => name === container.name);
      const seen = found && read(found);
      return seen === undefined ? requestsInSpec(container) : resourcesOf(seen);
    });
  const granted = by(({ allocatedResources }) => allocatedResources);
  const actual = by(({ resources, allocatedResources }) => resources?.requests ?? allocatedResources);
  const isInfeasible = status?.conditions?.some(
    ({ type, reason }) => type === 'PodResizePending' && reason === 'Infeasible',
  );
  return isInfeasible ? atLeast(granted, actual) : atLeast(total(), atLeast(granted, actual));
}
