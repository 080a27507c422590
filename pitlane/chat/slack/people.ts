import type { Config } from '../../config/config.ts';
import { decide, type Facts, type Group, type Membership, type Standing } from '../../config/grants.ts';
import type { Person } from '../job.ts';
import { type SlackApi, SlackRefused } from './api.ts';

export type People = ReturnType<typeof peopleIn>;

interface PeopleOptions {
  /** A client that gives up at the deadline (milliseconds since the epoch). */
  readonly slack: (deadline: number) => SlackApi;
  readonly now: () => number;
}

const FRESH_MS = 5 * 60_000;
const STALE_MS = 60 * 60_000;
/** A person waits for the answer, and Slack's trigger id expires. */
const PATIENCE_MS = 5_000;

/** The user does not exist, or the bot may not see it. */
const UNKNOWN_USER = new Set(['user_not_found', 'user_not_visible', 'users_not_found']);
const SCOPES = { 'users.info': 'users:read', 'usergroups.users.list': 'usergroups:read' } as const;

/** The fields that show the kind of user ("user" in Slack's object types). */
interface SlackUser {
  readonly team_id?: string;
  readonly deleted?: boolean;
  readonly is_bot?: boolean;
  readonly is_restricted?: boolean;
  readonly is_ultra_restricted?: boolean;
  readonly is_stranger?: boolean;
  readonly enterprise_user?: { readonly teams?: readonly string[] };
}

/** The roles of people in Slack. Caches Slack's answers for five minutes, or up to an hour while Slack is down. */
export function peopleIn({ slack, now }: PeopleOptions) {
  const call = (method: string, args: Readonly<Record<string, unknown>>) =>
    slack(now() + PATIENCE_MS).call(method, args);
  const common = { freshMs: FRESH_MS, staleMs: STALE_MS, isUnavailable, now };
  const ownTeam = cached({
    ...common,
    freshMs: Number.POSITIVE_INFINITY,
    ask: async () => String((await call('auth.test', {})).team_id),
  });
  const user = cached({
    ...common,
    ask: async (id) => (await call('users.info', { user: id })).user as SlackUser,
  });
  const group = cached({
    ...common,
    ask: async (id) => new Set((await call('usergroups.users.list', { usergroup: id })).users as readonly string[]),
  });

  async function membershipOf({ userId, teamId }: Pick<Person, 'userId' | 'teamId'>): Promise<Membership> {
    try {
      const team = await ownTeam('');
      if (teamId !== '' && teamId !== team) return outsider('People from other workspaces');
      return membership(await user(userId), team);
    } catch (error) {
      return error instanceof SlackRefused && UNKNOWN_USER.has(error.code)
        ? outsider('Users unknown to Slack')
        : { kind: 'unknown', why: `Pitlane could not look you up in Slack: ${reason(error, 'users.info')}.` };
    }
  }

  async function groupOf(id: string): Promise<Group> {
    try {
      return { kind: 'members', users: await group(id) };
    } catch (error) {
      const why = `Pitlane could not look up the user group ${id} in Slack: ${reason(error, 'usergroups.users.list')}.`;
      return { kind: 'unknown', why };
    }
  }

  return {
    /** The role that the grants give to a person. Asks Slack only what it needs. Never rejects. */
    async roleOf(person: Pick<Person, 'userId' | 'teamId'>, access: Config['access']): Promise<Standing> {
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
  // In a shared channel, Slack does not call a person from a connected workspace a stranger, so the team decides.
  const isOwn = user.team_id === ownTeam || user.enterprise_user?.teams?.includes(ownTeam);
  if (user.is_stranger || !isOwn) return outsider('People from other workspaces');
  if (user.is_restricted || user.is_ultra_restricted) return outsider('Guests');
  return { kind: 'member' };
}

function outsider(who: string): Membership {
  return { kind: 'outsider', why: `${who} have a role only if the configuration names them.` };
}

function isUnavailable(error: unknown): boolean {
  return !(error instanceof SlackRefused) || error.isTemporary;
}

function reason(error: unknown, method: keyof typeof SCOPES): string {
  if (isUnavailable(error)) return 'no answer';
  const { code } = error as SlackRefused;
  if (code === 'missing_scope') return `the bot lacks the scope ${SCOPES[method]}`;
  return code === 'no_such_subteam' ? 'there is no such group' : code;
}

interface CacheOptions<T> {
  readonly ask: (key: string) => Promise<T>;
  /** Milliseconds for which an answer is not asked for again. */
  readonly freshMs: number;
  /** Milliseconds for which an old answer replaces one that is unavailable. */
  readonly staleMs: number;
  /** True for a failure that says nothing about the answer. */
  readonly isUnavailable: (error: unknown) => boolean;
  readonly now: () => number;
}

/** Caches answers by key. Requests at the same time share one. */
function cached<T>(options: CacheOptions<T>): (key: string) => Promise<T> {
  const { ask, freshMs, staleMs, isUnavailable, now } = options;
  const answers = new Map<string, { readonly value: T; readonly at: number }>();
  const pending = new Map<string, Promise<T>>();

  async function refresh(key: string): Promise<T> {
    const at = now();
    try {
      const value = await ask(key);
      answers.set(key, { value, at });
      return value;
    } catch (error) {
      const old = answers.get(key);
      if (old !== undefined && isUnavailable(error) && now() - old.at < staleMs) return old.value;
      answers.delete(key);
      throw error;
    }
  }

  return (key) => {
    const known = answers.get(key);
    if (known !== undefined && now() - known.at < freshMs) return Promise.resolve(known.value);
    const answer = pending.get(key) ?? refresh(key).finally(() => pending.delete(key));
    pending.set(key, answer);
    return answer;
  };
}
