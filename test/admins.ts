import type { Config, Grant } from '../pitlane/config/config.ts';

export const NOBODY: Grant = { everyone: false, users: [], userGroups: [], runbooks: false };

/** These people, and runbooks, may do everything: without a question to Slack. */
export function admins(...users: readonly string[]): Config['access'] {
  return { viewer: NOBODY, operator: NOBODY, admin: { ...NOBODY, users, runbooks: true } };
}
