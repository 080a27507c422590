/** Each role includes those before it. */
export const ROLES = ['viewer', 'operator', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** The role includes the needed one. False for a role that is not known: neither may come from outside unchecked. */
export function covers(role: Role | 'none', needed: Role): boolean {
  const least = ROLES.indexOf(needed);
  return role !== 'none' && least >= 0 && ROLES.indexOf(role) >= least;
}
