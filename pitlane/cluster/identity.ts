import { ROLES, type Role } from '../command/role.ts';
import type { Identity } from './connection.ts';

/** Whom every request from Lambda impersonates; what it may do hangs on the group. infra/rbac-rules.ts grants these. */
export const USER = 'pitlane';
/** The extra field that names the person in the cluster's audit log. */
export const PERSON = 'pitlane-person';
/** The group of pitlane's own credentials: it may impersonate and nothing else. */
export const CALLERS = 'pitlane-lambda';

/** Whose rights a request is sent with: a role's, or those of the clock's own looks, for which nobody has asked. */
export type ActsAs = Role | 'tick';

export const ALL_ACTS_AS: readonly ActsAs[] = [...ROLES, 'tick'];

export function groupOf(acts: ActsAs): string {
  return `pitlane:${acts}`;
}

interface Actor {
  readonly by: string;
  /** The role to act with; `none` may do nothing. */
  readonly role: Role | 'none';
}

/** Whom to impersonate for somebody; without anybody: for pitlane's own looks. */
export function identityOf(actor: Actor | undefined): Identity {
  if (actor === undefined) return { user: USER, group: groupOf('tick') };
  const { by, role } = actor;
  return { user: USER, ...(role !== 'none' && { group: groupOf(role) }), extra: { [PERSON]: printable(by) } };
}

/** A header takes printable ASCII only, and drops blanks at its ends: all else is percent-encoded, `%` too. */
export function printable(text: string): string {
  return text.toWellFormed().replace(/[^ -$&-~]|^ | $/gu, (character) => encodeURIComponent(character));
}
