import type { Config, Grant } from '../pitlane/config/config.ts';

export const NO_GRANT: Grant = { everyone: false, users: [], userGroups: [], runbooks: false };

/** These people, and runbooks, may do everything: without a question to Slack. */
export function admins(...users: readonly string[]): Config['access'] {
  return { viewer: NO_GRANT, operator: NO_GRANT, admin: { ...NO_GRANT, users, runbooks: true } };
}
