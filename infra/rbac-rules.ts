import { groupOf, IMPERSONATED_USER, PERSON_EXTRA, RBAC_ROLES, type RbacRole } from '../pitlane/cluster/identity.ts';

/** A PolicyRule of rbac.authorization.k8s.io/v1. */
export interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

const CORE = '';

function rule(group: string, resources: readonly string[], verbs: readonly string[], names?: readonly string[]): Rule {
  return { apiGroups: [group], resources, ...(names && { resourceNames: names }), verbs };
}

/** For `list`, and for the first reads of every other command. */
const READ_RULES: readonly Rule[] = [
  rule(CORE, ['services'], ['get', 'list']),
  rule(CORE, ['pods'], ['get', 'list']),
  rule('discovery.k8s.io', ['endpointslices'], ['list']),
];

/** For the other reads, the writes and the watches of a change. */
function changeRules(services: readonly string[]): readonly Rule[] {
  return [
    rule(CORE, ['pods'], ['watch', 'patch', 'delete']),
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
    rule('events.k8s.io', ['events'], ['create']),
    // RBAC can't restrict a create by name.
    rule('coordination.k8s.io', ['leases'], ['create']),
    rule('coordination.k8s.io', ['leases'], ['get', 'update'], services.map(objectName)),
    rule(CORE, ['configmaps'], ['create']),
    rule(CORE, ['configmaps'], ['get', 'update'], services.map(objectName)),
    ...EVIDENCE_RULES,
  ];
}

/** For `inspect`. */
const EVENT_RULES: readonly Rule[] = [rule(CORE, ['events'], ['list'])];

const EVIDENCE_RULES: readonly Rule[] = [...EVENT_RULES, rule(CORE, ['pods/log'], ['get'])];

/** The name of the Lease and the ConfigMap of a Service. */
function objectName(service: string): string {
  return `pitlane-${service}`;
}

/**
 * The permissions of a role in a namespace, for the Services that Pitlane looks after. test/cluster/access.test.ts proves
 * that they are sufficient and minimal.
 */
export function namespaceRules(role: RbacRole, services: readonly string[]): readonly Rule[] {
  switch (role) {
    case 'viewer':
      return merged([...READ_RULES, ...EVENT_RULES, rule(CORE, ['configmaps'], ['get'], services.map(objectName))]);
    case 'operator':
    case 'admin':
      return merged([...READ_RULES, ...changeRules(services)]);
    case 'tick':
      return [
        rule(CORE, ['pods'], ['get', 'list']),
        rule(CORE, ['configmaps'], ['list', 'create']),
        rule(CORE, ['configmaps'], ['get', 'update'], services.map(objectName)),
      ];
  }
}

/** Merges the verbs of rules for the same resources. */
function merged(rules: readonly Rule[]): readonly Rule[] {
  const target = ({ verbs: _, ...rest }: Rule): string => JSON.stringify(rest);
  return [...Map.groupBy(rules, target).values()].flatMap(([first, ...others]) =>
    first === undefined ? [] : [{ ...first, verbs: [...first.verbs, ...others.flatMap(({ verbs }) => verbs)] }],
  );
}

/** To check whether a replacement has room. Optional: without it, a drain reports the room as unknown. */
export const HEADROOM_RULES: readonly Rule[] = [rule(CORE, ['nodes', 'pods'], ['list'])];
export const HEADROOM_ROLES: readonly RbacRole[] = ['operator', 'admin'];

/** The only permissions of Pitlane's own credentials: impersonating its user, its groups and any person. */
export const IMPERSONATION_RULES: readonly Rule[] = [
  rule(CORE, ['users'], ['impersonate'], [IMPERSONATED_USER]),
  rule(CORE, ['groups'], ['impersonate'], RBAC_ROLES.map(groupOf)),
  rule('authentication.k8s.io', [`userextras/${PERSON_EXTRA}`], ['impersonate']),
];
