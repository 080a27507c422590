import type { Request } from '../command/request.ts';

/** Each role includes those before it. */
export const ROLES = ['viewer', 'operator', 'admin'] as const;
export type Role = (typeof ROLES)[number];

const NEEDED: Readonly<Record<Request['command'], Role>> = {
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

/** The least role that may ask for it. To set a refusal aside takes an admin. */
export function roleFor(request: Request): Role {
  return 'force' in request && request.force ? 'admin' : NEEDED[request.command];
}

/** Whether who has the one role may do what needs the other. */
export function covers(role: Role | 'none', needed: Role): boolean {
  return role !== 'none' && ROLES.indexOf(role) >= ROLES.indexOf(needed);
}
