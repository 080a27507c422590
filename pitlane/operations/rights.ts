import type { Role } from '../command/role.ts';

/** A PolicyRule of rbac.authorization.k8s.io/v1. */
export interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

/** For each role, what it needs in addition to the roles below it. */
export type Rights = Readonly<Partial<Record<Role, readonly Rule[]>>>;

const CORE = '';

export function rule(
  group: string,
  resources: readonly string[],
  verbs: readonly string[],
  names?: readonly string[],
): Rule {
  return { apiGroups: [group], resources, ...(names && { resourceNames: names }), verbs };
}

/** For `list`, and the first observation of every other command. */
export const LOOK: readonly Rule[] = [
  rule(CORE, ['services'], ['get', 'list']),
  rule(CORE, ['pods'], ['get', 'list']),
  rule('discovery.k8s.io', ['endpointslices'], ['list']),
];

/** For what happened to a pod. */
const EVENTS: readonly Rule[] = [rule(CORE, ['events'], ['list'])];

export const LOGS: readonly Rule[] = [rule(CORE, ['pods/log'], ['get'])];

/** For operations on pods, which observe and follow the pods, their owners, and everything else that selects them. */
export const FOLLOW: readonly Rule[] = [
  rule(CORE, ['pods'], ['watch']),
  rule(CORE, ['persistentvolumeclaims'], ['get']),
  rule(CORE, ['replicationcontrollers'], ['get', 'list', 'watch']),
  rule(CORE, ['resourcequotas'], ['list']),
  rule('discovery.k8s.io', ['endpointslices'], ['watch']),
  rule('apps', ['replicasets', 'daemonsets', 'statefulsets'], ['get', 'list', 'watch']),
  rule('apps', ['deployments'], ['get']),
  rule('apps', ['controllerrevisions'], ['list']),
  rule('batch', ['jobs'], ['get', 'watch']),
  rule('batch', ['cronjobs'], ['get']),
  rule('policy', ['poddisruptionbudgets'], ['list']),
  rule('networking.k8s.io', ['networkpolicies'], ['list']),
  rule('autoscaling', ['horizontalpodautoscalers'], ['list']),
];

/** For the workloads of the service's pods. */
export const OWNERS: readonly Rule[] = [
  rule(CORE, ['replicationcontrollers'], ['get']),
  rule('apps', ['replicasets', 'deployments', 'daemonsets', 'statefulsets'], ['get']),
  rule('apps', ['controllerrevisions'], ['list']),
  rule('batch', ['jobs', 'cronjobs'], ['get']),
];

/** For what is around one pod: its events, the revisions of its workload, and CPU and memory. Nodes are optional. */
export const AROUND: readonly Rule[] = [
  ...EVENTS,
  ...OWNERS,
  rule('apps', ['replicasets'], ['list']),
  rule('metrics.k8s.io', ['pods'], ['get']),
];

/** For operations on the service itself, which follow its selector too. */
export const FOLLOW_SERVICE: readonly Rule[] = [rule(CORE, ['services'], ['watch'])];

export const PATCH_PODS: readonly Rule[] = [rule(CORE, ['pods'], ['patch'])];
export const CREATE_PODS: readonly Rule[] = [rule(CORE, ['pods'], ['create'])];
export const DELETE_PODS: readonly Rule[] = [rule(CORE, ['pods'], ['delete'])];

/** For the Events about each change. */
export const RECORD: readonly Rule[] = [rule('events.k8s.io', ['events'], ['create'])];
