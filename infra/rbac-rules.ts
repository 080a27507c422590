import { HEARTBEAT } from '../pitlane/cluster/heartbeat.ts';
import { groupOf, IMPERSONATED_USER, PERSON_EXTRA, RBAC_ROLES, type RbacRole } from '../pitlane/cluster/identity.ts';
import { journalName } from '../pitlane/cluster/journal.ts';
import { LEASE } from '../pitlane/cluster/lease.ts';
import { covers, ROLES } from '../pitlane/command/role.ts';
import { READS } from '../pitlane/operations/reads.ts';
import { LOOK, type Rule, rule } from '../pitlane/operations/rights.ts';
import { OPERATIONS } from '../pitlane/operations/table.ts';
import { gateRuleName } from '../pitlane/rotation/gate-rule.ts';

const CORE = '';

/**
 * The permissions of a role in a namespace, for the Services that Pitlane looks after. test/cluster/access.test.ts proves
 * that they are sufficient and minimal.
 */
export function namespaceRules(role: RbacRole, services: readonly string[]): readonly Rule[] {
  const own = services.map((service) => journalName({ service }));
  const ownRules = services.map(gateRuleName);
  const ownOfAdmins = services.map((service) => journalName({ service, isAdmin: true }));
  switch (role) {
    case 'viewer':
      return merged([
        ...LOOK,
        ...rightsOf('viewer'),
        // Schedules are in the journal of admin operations.
        rule(CORE, ['configmaps'], ['get'], [...own, ...ownRules, ...ownOfAdmins]),
      ]);
    case 'operator':
      return merged([
        ...LOOK,
        ...rightsOf('operator'),
        ...bookkeepingRules(own),
        rule(CORE, ['configmaps'], ['get'], [...ownRules, ...ownOfAdmins]),
      ]);
    case 'admin':
      return merged([
        ...LOOK,
        ...rightsOf('admin'),
        ...bookkeepingRules(own),
        rule(CORE, ['configmaps'], ['get', 'update', 'patch'], ownOfAdmins),
        rule(CORE, ['configmaps'], ['get', 'patch', 'delete'], ownRules),
      ]);
    case 'tick':
      return [
        rule(CORE, ['pods'], ['get', 'list']),
        rule(CORE, ['configmaps'], ['create']),
        rule(CORE, ['configmaps'], ['get', 'update'], own),
        rule('coordination.k8s.io', ['leases'], ['create']),
        rule('coordination.k8s.io', ['leases'], ['get', 'update'], [HEARTBEAT]),
        rule(CORE, ['configmaps'], ['get'], [...ownRules, ...ownOfAdmins]),
      ];
  }
}

function rightsOf(role: 'viewer' | 'operator' | 'admin'): readonly Rule[] {
  const included = ROLES.filter((each) => covers(role, each));
  return [...Object.values(READS), ...OPERATIONS].flatMap(({ rights }) =>
    included.flatMap((each) => rights[each] ?? []),
  );
}

/** The Lease of the namespace, and the journal of each Service. */
function bookkeepingRules(own: readonly string[]): readonly Rule[] {
  return [
    // RBAC can't restrict a create by name.
    rule('coordination.k8s.io', ['leases'], ['create']),
    rule('coordination.k8s.io', ['leases'], ['get', 'update'], [LEASE]),
    rule(CORE, ['configmaps'], ['create']),
    rule(CORE, ['configmaps'], ['get', 'update'], own),
  ];
}

/** Merges the verbs of rules for the same resources. */
function merged(rules: readonly Rule[]): readonly Rule[] {
  const target = ({ verbs: _, ...rest }: Rule): string => JSON.stringify(rest);
  return [...Map.groupBy(rules, target).values()].flatMap(([first, ...others]) =>
    first === undefined ? [] : [{ ...first, verbs: [...new Set([first, ...others].flatMap(({ verbs }) => verbs))] }],
  );
}

/**
 * To check whether a replacement has room, and the node of a pod. Optional: without it, a drain reports the room as unknown,
 * and evidence the state of the node.
 */
export const HEADROOM_RULES: readonly Rule[] = [
  rule(CORE, ['nodes'], ['list']),
  // A list that stays open is a watch.
  rule(CORE, ['pods'], ['list', 'watch']),
  rule(CORE, ['persistentvolumes'], ['get']),
  rule('policy', ['poddisruptionbudgets'], ['list']),
];
export const HEADROOM_ROLES: readonly RbacRole[] = ['operator', 'admin'];

/** The only permissions of Pitlane's own credentials: impersonating its user, its groups and any person. */
export const IMPERSONATION_RULES: readonly Rule[] = [
  rule(CORE, ['users'], ['impersonate'], [IMPERSONATED_USER]),
  rule(CORE, ['groups'], ['impersonate'], RBAC_ROLES.map(groupOf)),
  rule('authentication.k8s.io', [`userextras/${PERSON_EXTRA}`], ['impersonate']),
];
