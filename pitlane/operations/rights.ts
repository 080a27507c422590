/** A PolicyRule of rbac.authorization.k8s.io/v1. */
export interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

const CORE = '';

export function rule(
  group: string,
  resources: readonly string[],
  verbs: readonly string[],
  names?: readonly string[],
): Rule {
  return { apiGroups: [group], resources, ...(names && { resourceNames: names }), verbs };
}

/** `list`, and the first look of everything else. */
export const LOOK: readonly Rule[] = [
  rule(CORE, ['services'], ['get', 'list']),
  rule(CORE, ['pods'], ['get', 'list']),
  rule('discovery.k8s.io', ['endpointslices'], ['list']),
];

/** A close look at one pod. */
export const EVENTS: readonly Rule[] = [rule(CORE, ['events'], ['list'])];

export const LOGS: readonly Rule[] = [rule(CORE, ['pods/log'], ['get'])];

/** What an operation on pods observes and follows: the pods, their owners, and whatever else selects them. */
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

export const PATCH_PODS: readonly Rule[] = [rule(CORE, ['pods'], ['patch'])];
export const DELETE_PODS: readonly Rule[] = [rule(CORE, ['pods'], ['delete'])];

/** Events about what was done. */
export const RECORD: readonly Rule[] = [rule('events.k8s.io', ['events'], ['create'])];
