import type { Answer } from './answer.ts';

/** The kind of a Slack user; missing fields are false. */
export interface FakeUser {
  readonly team_id?: string;
  readonly deleted?: boolean;
  readonly is_bot?: boolean;
  readonly is_restricted?: boolean;
  readonly is_ultra_restricted?: boolean;
  readonly is_stranger?: boolean;
  readonly enterprise_user?: { readonly teams: readonly string[] };
}

/** The users and user groups of the workspace. Unknown users are ordinary members. */
export class People {
  readonly team = 'T0SANDBOX0';
  readonly users = new Map<string, FakeUser>();
  /** User ids by user group. */
  readonly groups = new Map<string, readonly string[]>();

  /** Undefined for other methods. */
  call(method: string, args: Readonly<Record<string, unknown>>): Answer | undefined {
    switch (method) {
      case 'auth.test':
        return { ok: true, team_id: this.team, user_id: 'U0PITLANE00', bot_id: 'B0PITLANE00' };
      case 'users.info':
        return typeof args.user === 'string' && /^[UW]/.test(args.user)
          ? { ok: true, user: { id: args.user, team_id: this.team, ...this.users.get(args.user) } }
          : { ok: false, error: 'user_not_found' };
      case 'usergroups.users.list': {
        const users = this.groups.get(String(args.usergroup));
        return users === undefined ? { ok: false, error: 'no_such_subteam' } : { ok: true, users };
      }
      default:
        return undefined;
    }
  }
}
