import { groupOf, IMPERSONATED_USER, PERSON_EXTRA, RBAC_ROLES, type RbacRole } from '../pitlane/cluster/identity.ts';
import { journalName } from '../pitlane/cluster/journal.ts';
import { covers } from '../pitlane/command/role.ts';
import { READS } from '../pitlane/operations/reads.ts';
import { LOOK, type Rule, rule } from '../pitlane/operations/rights.ts';
import { OPERATIONS } from '../pitlane/operations/table.ts';

const CORE = '';

/**
 * What each group may do in a namespace, for the Services there that pitlane looks after: what every look takes, the rights
 * of the commands that its role may give, and the Leases and ConfigMaps that pitlane keeps. test/cluster/access.test.ts
 * proves that it is enough, and that nothing is too much.
 */
export function namespaceRules(acts: RbacRole, services: readonly string[]): readonly Rule[] {
  const own = services.map((service) => journalName({ service }));
  const ownOfAdmins = services.map((service) => journalName({ service, isAdmin: true }));
  switch (acts) {
    case 'viewer':
      return merged([...LOOK, ...rightsOf('viewer'), rule(CORE, ['configmaps'], ['get'], own)]);
    case 'operator':
      return merged([...LOOK, ...rightsOf('operator'), ...keeping(own)]);
    case 'admin':
      return merged([
        ...LOOK,
        ...rightsOf('admin'),
        ...keeping(own),
        rule(CORE, ['configmaps'], ['get', 'update'], ownOfAdmins),
      ]);
    case 'tick':
      return [
        rule(CORE, ['pods'], ['get', 'list']),
        rule(CORE, ['configmaps'], ['list', 'create']),
        rule(CORE, ['configmaps'], ['get', 'update'], own),
      ];
  }
}

/** What the commands take that the role may give. */
function rightsOf(role: 'viewer' | 'operator' | 'admin'): readonly Rule[] {
  return [...Object.values(READS), ...OPERATIONS]
    .filter((spec) => covers(role, spec.role))
    .flatMap(({ rights }) => rights);
}

/** The Lease and the journal of each Service. */
function keeping(own: readonly string[]): readonly Rule[] {
  return [
    // What is created has no name yet that a rule could ask for.
    rule('coordination.k8s.io', ['leases'], ['create']),
    rule('coordination.k8s.io', ['leases'], ['get', 'update'], own),
    rule(CORE, ['configmaps'], ['create']),
    rule(CORE, ['configmaps'], ['get', 'update'], own),
  ];
}

/** Rules about the same as one, each verb once. */
function merged(rules: readonly Rule[]): readonly Rule[] {
  const about = ({ verbs: _, ...same }: Rule): string => JSON.stringify(same);
  return [...Map.groupBy(rules, about).values()].flatMap(([first, ...others]) =>
    first === undefined ? [] : [{ ...first, verbs: [...new Set([first, ...others].flatMap(({ verbs }) => verbs))] }],
  );
}

/** Where a replacement would find room. Without it a drain says that it does not know. */
export const HEADROOM_RULES: readonly Rule[] = [rule(CORE, ['nodes', 'pods'], ['list'])];
export const HEADROOM_ROLES: readonly RbacRole[] = ['operator', 'admin'];

/** All that pitlane's own credentials may do: act as the one user, in one of the groups, for any person. */
export const IMPERSONATION_RULES: readonly Rule[] = [
  rule(CORE, ['users'], ['impersonate'], [IMPERSONATED_USER]),
  rule(CORE, ['groups'], ['impersonate'], RBAC_ROLES.map(groupOf)),
  rule('authentication.k8s.io', [`userextras/${PERSON_EXTRA}`], ['impersonate']),
];
