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

/** `list`, and the first look of everything else. */
const LOOK: readonly Rule[] = [
  rule(CORE, ['services'], ['get', 'list']),
  rule(CORE, ['pods'], ['get', 'list']),
  rule('discovery.k8s.io', ['endpointslices'], ['list']),
];

/** What a drain or a restore looks at besides, writes, and waits for. */
function change(services: readonly string[]): readonly Rule[] {
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
    // What is created has no name yet that a rule could ask for.
    rule('coordination.k8s.io', ['leases'], ['create']),
    rule('coordination.k8s.io', ['leases'], ['get', 'update'], services.map(ownName)),
    rule(CORE, ['configmaps'], ['create']),
    rule(CORE, ['configmaps'], ['get', 'update'], services.map(ownName)),
    ...EVIDENCE,
  ];
}

/** A close look at one pod. */
const EVENTS: readonly Rule[] = [rule(CORE, ['events'], ['list'])];

const EVIDENCE: readonly Rule[] = [...EVENTS, rule(CORE, ['pods/log'], ['get'])];

/** The Lease and the ConfigMap that pitlane keeps for a Service. */
function ownName(service: string): string {
  return `pitlane-${service}`;
}

/** What each group may do in a namespace, for the Services there that pitlane looks after. test/cluster/access.test.ts proves that it is enough, and that nothing is too much. */
export function namespaceRules(acts: RbacRole, services: readonly string[]): readonly Rule[] {
  switch (acts) {
    case 'viewer':
      return merged([...LOOK, ...EVENTS, rule(CORE, ['configmaps'], ['get'], services.map(ownName))]);
    case 'operator':
    case 'admin':
      return merged([...LOOK, ...change(services)]);
    case 'tick':
      return [
        rule(CORE, ['pods'], ['get', 'list']),
        rule(CORE, ['configmaps'], ['list', 'create']),
        rule(CORE, ['configmaps'], ['get', 'update'], services.map(ownName)),
      ];
  }
}

/** Rules about the same as one. */
function merged(rules: readonly Rule[]): readonly Rule[] {
  const about = ({ verbs: _, ...same }: Rule): string => JSON.stringify(same);
  return [...Map.groupBy(rules, about).values()].flatMap(([first, ...others]) =>
    first === undefined ? [] : [{ ...first, verbs: [...first.verbs, ...others.flatMap(({ verbs }) => verbs)] }],
  );
}

/** Where a replacement would find room. Without it a drain says that it does not know. */
export const HEADROOM_RULES: readonly Rule[] = [rule(CORE, ['nodes', 'pods'], ['list'])];
export const HEADROOM_ROLES: readonly RbacRole[] = ['operator', 'admin'];

/** All that pitlane's own credentials may do: act as the one user, in one of the groups, for anybody. */
export const IMPERSONATION_RULES: readonly Rule[] = [
  rule(CORE, ['users'], ['impersonate'], [IMPERSONATED_USER]),
  rule(CORE, ['groups'], ['impersonate'], RBAC_ROLES.map(groupOf)),
  rule('authentication.k8s.io', [`userextras/${PERSON_EXTRA}`], ['impersonate']),
];
