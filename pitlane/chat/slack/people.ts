import type { Config } from '../../config/config.ts';
import { decide, type Facts, type Group, type Membership, type Standing } from '../../config/grants.ts';
import type { Person } from '../job.ts';
import { type SlackApi, SlackRefused } from './api.ts';
import { remembered } from './remembered.ts';

/** Who people in Slack are to pitlane. */
export interface People {
  /** The role that the grants give to a person, asking Slack as little as that takes. Never rejects. */
  roleOf(person: Pick<Person, 'userId' | 'teamId'>, access: Config['access']): Promise<Standing>;
}

export interface PeopleOptions {
  /** A client that gives up at the deadline (milliseconds since the epoch). */
  readonly slack: (deadline: number) => SlackApi;
  readonly now: () => number;
}

const FRESH_MS = 5 * 60_000;
const STALE_MS = 60 * 60_000;
/** A person waits for the answer, and so does Slack's trigger id. */
const PATIENCE_MS = 5_000;

/** There is nothing of that name, or nothing that the bot may see. */
const NO_SUCH_PERSON = new Set(['user_not_found', 'user_not_visible', 'users_not_found']);
const SCOPES = { 'users.info': 'users:read', 'usergroups.users.list': 'usergroups:read' } as const;

/** The fields of a user object that tell what kind of user it is ("user" in Slack's object types). */
interface SlackUser {
  readonly team_id?: string;
  readonly deleted?: boolean;
  readonly is_bot?: boolean;
  readonly is_restricted?: boolean;
  readonly is_ultra_restricted?: boolean;
  readonly is_stranger?: boolean;
  readonly enterprise_user?: { readonly teams?: readonly string[] };
}

/** What Slack tells is kept for as long as the result lives: five minutes, or while Slack is away up to an hour. */
export function peopleIn({ slack, now }: PeopleOptions): People {
  const call = (method: string, args: Readonly<Record<string, unknown>>) =>
    slack(now() + PATIENCE_MS).call(method, args);
  const common = { freshMs: FRESH_MS, staleMs: STALE_MS, isNoAnswer, now };
  const ownTeam = remembered({
    ...common,
    freshMs: Number.POSITIVE_INFINITY,
    ask: async () => String((await call('auth.test', {})).team_id),
  });
  const user = remembered({
    ...common,
    ask: async (id) => (await call('users.info', { user: id })).user as SlackUser,
  });
  const group = remembered({
    ...common,
    ask: async (id) => new Set((await call('usergroups.users.list', { usergroup: id })).users as readonly string[]),
  });

  async function membershipOf({ userId, teamId }: Pick<Person, 'userId' | 'teamId'>): Promise<Membership> {
    try {
      const team = await ownTeam('');
      if (teamId !== '' && teamId !== team) return outsider('People of other workspaces');
      return membership(await user(userId), team);
    } catch (error) {
      return error instanceof SlackRefused && NO_SUCH_PERSON.has(error.code)
        ? outsider('People whom Slack does not know')
        : { kind: 'unknown', why: `Slack could not tell who you are: ${reason(error, 'users.info')}.` };
    }
  }

  async function groupOf(id: string): Promise<Group> {
    try {
      return { kind: 'members', users: await group(id) };
    } catch (error) {
      const why = `Slack could not tell who is in the user group ${id}: ${reason(error, 'usergroups.users.list')}.`;
      return { kind: 'unknown', why };
    }
  }

  return {
    async roleOf(person, access) {
      for (let facts: Facts = { groups: {} }; ; ) {
        const decision = decide(access, person.userId, facts);
        switch (decision.kind) {
          case 'standing':
            return decision.standing;
          case 'askMembership':
            facts = { ...facts, membership: await membershipOf(person) };
            break;
          case 'askGroups': {
            const found = await Promise.all(decision.groups.map(async (id) => [id, await groupOf(id)] as const));
            facts = { ...facts, groups: { ...facts.groups, ...Object.fromEntries(found) } };
          }
        }
      }
    },
  };
}

function membership(user: SlackUser, ownTeam: string): Membership {
  if (user.deleted) return outsider('Deactivated accounts');
  if (user.is_bot) return outsider('Bots');
  // Somebody of a connected workspace is no stranger to Slack where the bot sees the shared channel: the team tells.
  const isOwn = user.team_id === ownTeam || user.enterprise_user?.teams?.includes(ownTeam);
  if (user.is_stranger || !isOwn) return outsider('People of other workspaces');
  if (user.is_restricted || user.is_ultra_restricted) return outsider('Guests');
  return { kind: 'member' };
}

function outsider(who: string): Membership {
  return { kind: 'outsider', why: `${who} have a role only where the configuration names them.` };
}

function isNoAnswer(error: unknown): boolean {
  return !(error instanceof SlackRefused) || error.isAway;
}

function reason(error: unknown, method: keyof typeof SCOPES): string {
  if (isNoAnswer(error)) return 'it does not answer';
  const { code } = error as SlackRefused;
  if (code === 'missing_scope') return `the bot lacks the scope ${SCOPES[method]}`;
  return code === 'no_such_subteam' ? 'it knows none of that id' : code;
}
