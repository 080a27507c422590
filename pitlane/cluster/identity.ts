import { ROLES, type Role } from '../config/role.ts';
import type { Identity } from './connection.ts';

/** Whom every request from Lambda impersonates; what it may do hangs on the group. infra/rbac-rules.ts grants these. */
export const IMPERSONATED_USER = 'pitlane';
/** The extra field that names the person in the cluster's audit log. */
export const PERSON_EXTRA = 'pitlane-person';
/** The group of pitlane's own credentials: it may impersonate and nothing else. */
export const CALLER_GROUP = 'pitlane-lambda';

/** Whose rights a request is sent with: a role's, or those of the clock's own looks, for which nobody has asked. */
export type RbacRole = Role | 'tick';

export const RBAC_ROLES: readonly RbacRole[] = [...ROLES, 'tick'];

export function groupOf(acts: RbacRole): string {
  return `pitlane:${acts}`;
}

interface Actor {
  readonly by: string;
  /** The role to act with; `none` may do nothing. */
  readonly role: Role | 'none';
}

/** Whom to impersonate for somebody; without anybody: for pitlane's own looks. */
export function identityOf(actor: Actor | undefined): Identity {
  if (actor === undefined) return { user: IMPERSONATED_USER, group: groupOf('tick') };
  const { by, role } = actor;
  return {
    user: IMPERSONATED_USER,
    ...(role !== 'none' && { group: groupOf(role) }),
    extra: { [PERSON_EXTRA]: encodeHeaderValue(by) },
  };
}

/** A header takes encodeHeaderValue ASCII only, and drops blanks at its ends: all else is percent-encoded, `%` too. */
export function encodeHeaderValue(text: string): string {
  return text.toWellFormed().replace(/[^ -$&-~]|^ | $/gu, (character) => encodeURIComponent(character));
}
