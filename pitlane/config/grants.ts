import { ROLES, type Role } from '../command/role.ts';
import type { Config, Grant } from './config.ts';

type Access = Config['access'];

/** A person's role, and why it is not higher. */
export interface Standing {
  readonly role: Role | 'none';
  /** Sentences for the person. Absent: no grant gives them more. */
  readonly why?: string;
}

/** A person's membership in the bot's Slack workspace. */
export type Membership =
  | { readonly kind: 'member' }
  /** A guest, a bot or a member of another workspace: `everyone` and user groups give them nothing. */
  | { readonly kind: 'outsider'; readonly why: string }
  | { readonly kind: 'unknown'; readonly why: string };

/** The members of a user group. */
export type Group =
  | { readonly kind: 'members'; readonly users: ReadonlySet<string> }
  | { readonly kind: 'unknown'; readonly why: string };

/** Facts about a person that were looked up. Absent fields were not looked up yet. */
export interface Facts {
  readonly membership?: Membership;
  readonly groups: Readonly<Record<string, Group>>;
}

/** The next lookup that the role depends on. */
type Lookup = { readonly kind: 'askMembership' } | { readonly kind: 'askGroups'; readonly groups: readonly string[] };

export type Decision = { readonly kind: 'standing'; readonly standing: Standing } | Lookup;

/**
 * Returns the highest role that the grants give to a person, or the next lookup that could raise it. A person whom the
 * grants name as an admin needs no lookup.
 */
export function decide(access: Access, userId: string, facts: Facts): Decision {
  const reasons = new Set<string>();
  for (const role of ROLES.toReversed()) {
    const grant = access[role];
    if (grant.users.includes(userId)) return standing(role, reasons);
    if (isOpen(grant) && facts.membership?.kind === 'outsider') {
      reasons.add(facts.membership.why);
      continue;
    }
    const notLookedUp = grant.everyone ? [] : grant.userGroups.filter((group) => facts.groups[group] === undefined);
    if (notLookedUp.length > 0) return { kind: 'askGroups', groups: notLookedUp };
    if (!appliesTo(grant, userId, facts)) {
      for (const why of unknownGroups(grant, facts)) reasons.add(why);
      continue;
    }
    if (facts.membership === undefined) return { kind: 'askMembership' };
    if (facts.membership.kind === 'member') return standing(role, reasons);
    reasons.add(facts.membership.why);
  }
  return standing('none', reasons);
}

function standing(role: Standing['role'], reasons: ReadonlySet<string>): Decision {
  return { kind: 'standing', standing: { role, ...(reasons.size > 0 && { why: [...reasons].join(' ') }) } };
}

/** True if the grant gives its role to people that it does not name. */
function isOpen({ everyone, userGroups }: Grant): boolean {
  return everyone || userGroups.length > 0;
}

function appliesTo({ everyone, userGroups }: Grant, userId: string, { groups }: Facts): boolean {
  return (
    everyone ||
    userGroups.some((id) => {
      const group = groups[id];
      return group?.kind === 'members' && group.users.has(userId);
    })
  );
}

function unknownGroups({ userGroups }: Grant, { groups }: Facts): readonly string[] {
  return userGroups.flatMap((id) => {
    const group = groups[id];
    return group?.kind === 'unknown' ? [group.why] : [];
  });
}

/** The role of direct invocations, whatever name they give. */
export function runbookRole(access: Access): Role | 'none' {
  return ROLES.findLast((role) => access[role].runbooks) ?? 'none';
}
