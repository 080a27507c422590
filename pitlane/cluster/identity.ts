import { ROLES, type Role } from '../config/role.ts';
import type { Identity } from './connection.ts';

/** The user that every request from Lambda impersonates. infra/rbac-rules.ts grants the permissions to its groups. */
export const IMPERSONATED_USER = 'pitlane';
/** The extra field that names the person in the cluster's audit log. */
export const PERSON_EXTRA = 'pitlane-person';
/** The group of Pitlane's own credentials, which may only impersonate. */
export const CALLER_GROUP = 'pitlane-lambda';

/** The permissions of a request: those of a person's role, or of the tick's own reads. */
export type RbacRole = Role | 'tick';

export const RBAC_ROLES: readonly RbacRole[] = [...ROLES, 'tick'];

export function groupOf(role: RbacRole): string {
  return `pitlane:${role}`;
}

interface Actor {
  readonly by: string;
  /** `none`: no permissions. */
  readonly role: Role | 'none';
}

/** The identity to impersonate for a person, or for the tick's own reads. */
export function identityOf(actor: Actor | undefined): Identity {
  if (actor === undefined) return { user: IMPERSONATED_USER, group: groupOf('tick') };
  const { by, role } = actor;
  return {
    user: IMPERSONATED_USER,
    ...(role !== 'none' && { group: groupOf(role) }),
    extra: { [PERSON_EXTRA]: encodeHeaderValue(by) },
  };
}

/** Percent-encodes what a header can't carry: all but printable ASCII, spaces at its ends, and `%` itself. */
export function encodeHeaderValue(text: string): string {
  return text.toWellFormed().replace(/[^ -$&-~]|^ | $/gu, (character) => encodeURIComponent(character));
}
