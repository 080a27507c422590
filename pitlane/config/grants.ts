import { ROLES, type Role } from '../command/role.ts';
import type { Config, Grant } from './config.ts';

type Access = Config['access'];

/** What somebody may do, and why it is not more. */
export interface Standing {
  readonly role: Role | 'none';
  /** Sentences for the person; absent: nobody has given them more. */
  readonly why?: string;
}

/** How a person stands to the workspace that pitlane's bot is of. */
export type Membership =
  | { readonly kind: 'member' }
  /** A guest, a bot, somebody of another workspace: has no part in what `everyone` or a user group gives. */
  | { readonly kind: 'outsider'; readonly why: string }
  | { readonly kind: 'unknown'; readonly why: string };

/** Who is in a user group. */
export type Group =
  | { readonly kind: 'members'; readonly users: ReadonlySet<string> }
  | { readonly kind: 'unknown'; readonly why: string };

/** What was found out about a person so far; what is absent was not asked. */
export interface Facts {
  readonly membership?: Membership;
  readonly groups: Readonly<Record<string, Group>>;
}

/** What has to be found out before the role is clear. */
type Question = { readonly kind: 'askMembership' } | { readonly kind: 'askGroups'; readonly groups: readonly string[] };

export type Decision = { readonly kind: 'standing'; readonly standing: Standing } | Question;

/**
 * The highest role that the grants give to a person, or the one question that comes next. Nothing is asked that can't
 * raise the role any more: who is named as admin is known without a question.
 */
export function decide(access: Access, userId: string, facts: Facts): Decision {
  const doubts = new Set<string>();
  for (const role of ROLES.toReversed()) {
    const grant = access[role];
    if (grant.users.includes(userId)) return standing(role, doubts);
    if (isOpen(grant) && facts.membership?.kind === 'outsider') {
      doubts.add(facts.membership.why);
      continue;
    }
    const unasked = grant.everyone ? [] : grant.userGroups.filter((group) => facts.groups[group] === undefined);
    if (unasked.length > 0) return { kind: 'askGroups', groups: unasked };
    if (!isMeant(grant, userId, facts)) {
      for (const why of unknownGroups(grant, facts)) doubts.add(why);
      continue;
    }
    if (facts.membership === undefined) return { kind: 'askMembership' };
    if (facts.membership.kind === 'member') return standing(role, doubts);
    doubts.add(facts.membership.why);
  }
  return standing('none', doubts);
}

function standing(role: Standing['role'], doubts: ReadonlySet<string>): Decision {
  return { kind: 'standing', standing: { role, ...(doubts.size > 0 && { why: [...doubts].join(' ') }) } };
}

/** Gives a role to people that it does not name. */
function isOpen({ everyone, userGroups }: Grant): boolean {
  return everyone || userGroups.length > 0;
}

function isMeant({ everyone, userGroups }: Grant, userId: string, { groups }: Facts): boolean {
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

/** The role of direct invocations, whoever they say they are. */
export function runbookRole(access: Access): Role | 'none' {
  return ROLES.findLast((role) => access[role].runbooks) ?? 'none';
}
