import type { ObjectRef } from '../rotation/snapshot.ts';

/** A kind of object, by its names in URLs and RBAC rules. */
export interface Resource {
  /** Empty: the core group. */
  readonly group: string;
  readonly version: string;
  /** Empty: the group and version itself, which lists its resources. */
  readonly plural: string;
  readonly kind: string;
  readonly isNamespaced: boolean;
}

function namespaced(group: string, version: string, plural: string, kind: string): Resource {
  return { group, version, plural, kind, isNamespaced: true };
}

export const PODS = namespaced('', 'v1', 'pods', 'Pod');
export const SERVICES = namespaced('', 'v1', 'services', 'Service');
export const CONFIG_MAPS = namespaced('', 'v1', 'configmaps', 'ConfigMap');
export const EVENTS = namespaced('', 'v1', 'events', 'Event');
export const QUOTAS = namespaced('', 'v1', 'resourcequotas', 'ResourceQuota');
export const CLAIMS = namespaced('', 'v1', 'persistentvolumeclaims', 'PersistentVolumeClaim');
export const REPLICATION_CONTROLLERS = namespaced('', 'v1', 'replicationcontrollers', 'ReplicationController');
export const REPLICA_SETS = namespaced('apps', 'v1', 'replicasets', 'ReplicaSet');
export const DEPLOYMENTS = namespaced('apps', 'v1', 'deployments', 'Deployment');
export const DAEMON_SETS = namespaced('apps', 'v1', 'daemonsets', 'DaemonSet');
export const STATEFUL_SETS = namespaced('apps', 'v1', 'statefulsets', 'StatefulSet');
export const CONTROLLER_REVISIONS = namespaced('apps', 'v1', 'controllerrevisions', 'ControllerRevision');
export const JOBS = namespaced('batch', 'v1', 'jobs', 'Job');
const CRON_JOBS = namespaced('batch', 'v1', 'cronjobs', 'CronJob');
export const ENDPOINT_SLICES = namespaced('discovery.k8s.io', 'v1', 'endpointslices', 'EndpointSlice');
export const BUDGETS = namespaced('policy', 'v1', 'poddisruptionbudgets', 'PodDisruptionBudget');
export const NETWORK_POLICIES = namespaced('networking.k8s.io', 'v1', 'networkpolicies', 'NetworkPolicy');
export const AUTOSCALERS = namespaced('autoscaling', 'v2', 'horizontalpodautoscalers', 'HorizontalPodAutoscaler');
export const LEASES = namespaced('coordination.k8s.io', 'v1', 'leases', 'Lease');
export const NEW_EVENTS = namespaced('events.k8s.io', 'v1', 'events', 'Event');
/** Of metrics-server, which not every cluster has. */
export const POD_METRICS = namespaced('metrics.k8s.io', 'v1beta1', 'pods', 'PodMetrics');
export const NODES: Resource = { group: '', version: 'v1', plural: 'nodes', kind: 'Node', isNamespaced: false };
export const NAMESPACES: Resource = { ...NODES, plural: 'namespaces', kind: 'Namespace' };
export const VOLUMES: Resource = { ...NODES, plural: 'persistentvolumes', kind: 'PersistentVolume' };

/** The kinds that may own a pod, and that a plan may write to. */
const KNOWN_RESOURCES: readonly Resource[] = [
  PODS,
  SERVICES,
  REPLICATION_CONTROLLERS,
  REPLICA_SETS,
  DEPLOYMENTS,
  DAEMON_SETS,
  STATEFUL_SETS,
  JOBS,
  CRON_JOBS,
];

/** The resource of a built-in kind. Undefined: a custom resource, which may have the kind of a built-in one. */
export function knownResource({ kind, apiVersion }: Pick<ObjectRef, 'kind' | 'apiVersion'>): Resource | undefined {
  const found = KNOWN_RESOURCES.find((resource) => resource.kind === kind);
  return found && (apiVersion ?? apiVersionOf(found)) === apiVersionOf(found) ? found : undefined;
}

/** The resource of an object that a plan writes to. Undefined: Pitlane does not write to objects of the kind. */
export function writtenResource(target: Pick<ObjectRef, 'kind' | 'apiVersion'>): Resource | undefined {
  // Some programs make a ConfigMap the owner of pods: Pitlane does not read it.
  return target.kind === CONFIG_MAPS.kind ? CONFIG_MAPS : knownResource(target);
}

export function apiVersionOf(resource: Resource): string {
  return resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
}

/** One object; without a name, all of them. */
export interface Place {
  readonly resource: Resource;
  /** Absent: all namespaces. */
  readonly namespace?: string;
  readonly name?: string;
  /** Such as `log`. */
  readonly subresource?: string;
}

/** Objects are created in their collection, and looked up by their name. */
export function collectionOf({ resource, namespace }: Place): Place {
  return { resource, namespace };
}

export function pathOf({ resource, namespace, name, subresource }: Place): string {
  const parts = resource.group === '' ? ['api', resource.version] : ['apis', resource.group, resource.version];
  if (namespace !== undefined && resource.isNamespaced) parts.push('namespaces', namespace);
  parts.push(resource.plural, name ?? '', subresource ?? '');
  return `/${parts.filter(Boolean).map(encodeURIComponent).join('/')}`;
}

/** `Pod rng-b85tm in namespace dockercoins` */
export function describePlace({ resource, namespace, name, subresource }: Place): string {
  const noun = name === undefined ? resource.plural || resource.kind : resource.kind;
  const what = [subresource === undefined ? '' : `the ${subresource} of`, noun, name ?? ''].filter(Boolean).join(' ');
  return namespace === undefined ? what : `${what} in namespace ${namespace}`;
}
