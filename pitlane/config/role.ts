import type { Request } from '../command/request.ts';

/** Each role includes the roles before it. */
export const ROLES = ['viewer', 'operator', 'admin'] as const;
export type Role = (typeof ROLES)[number];

const REQUIRED_ROLES: Readonly<Record<Request['command'], Role>> = {
  help: 'viewer',
  list: 'viewer',
  drained: 'viewer',
  inspect: 'viewer',
  operations: 'viewer',
  logs: 'operator',
  evidence: 'operator',
  drain: 'operator',
  restore: 'operator',
  extend: 'operator',
  finish: 'operator',
  cancel: 'operator',
};

/** The lowest role that may make the request. Overriding a refusal takes an admin. */
export function roleFor(request: Request): Role {
  return 'force' in request && request.force ? 'admin' : REQUIRED_ROLES[request.command];
}

/** True if the role includes the needed one. */
export function covers(role: Role | 'none', needed: Role): boolean {
  return role !== 'none' && ROLES.indexOf(role) >= ROLES.indexOf(needed);
}
