import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type FakeSlack, startFakeSlack } from '../../../sandbox/slack/server.ts';
import type { Config, Grant } from '../../config/config.ts';
import { slackApi } from './api.ts';
import { type People, peopleIn } from './people.ts';

const MINUTE = 60_000;
/** Long enough for one attempt, too short for a second. */
const LOOK_MS = 250;
const NOBODY: Grant = { everyone: false, users: [], userGroups: [], runbooks: false };
const ON_CALL = 'S0ONCALL00';
const ADA = { userId: 'U0ADA00000', teamId: 'T0SANDBOX0' };
const BOSS = { userId: 'U0BOSS0000', teamId: 'T0SANDBOX0' };

const EVERYONE: Config['access'] = { viewer: { ...NOBODY, everyone: true }, operator: NOBODY, admin: NOBODY };
const ACCESS: Config['access'] = {
  viewer: { ...NOBODY, everyone: true },
  operator: { ...NOBODY, userGroups: [ON_CALL] },
  admin: { ...NOBODY, users: [BOSS.userId] },
};

let slack: FakeSlack;
let people: People;
let clock: number;

beforeEach(async () => {
  clock = Date.now();
  slack = await startFakeSlack({ token: 'xoxb-1', joined: [] });
  slack.workspace.people.groups.set(ON_CALL, [ADA.userId]);
  people = peopleIn({
    now: () => clock,
    slack: () =>
      slackApi({ token: () => 'xoxb-1', apiUrl: slack.apiUrl, deadline: Date.now() + LOOK_MS, now: Date.now }),
  });
});
afterEach(() => slack.close());

const roleOf = async (person = ADA, access = ACCESS) => (await people.roleOf(person, access)).role;

describe('asks Slack for no more than it takes', () => {
  test.each([
    ['an admin by name', BOSS, ACCESS, 'admin', []],
    ['everyone', ADA, EVERYONE, 'viewer', ['auth.test', 'users.info']],
    ['a user group', ADA, ACCESS, 'operator', ['usergroups.users.list', 'auth.test', 'users.info']],
    ['another workspace', { ...ADA, teamId: 'T0OTHER000' }, EVERYONE, 'none', ['auth.test']],
  ])('%s', async (_, person, access, role, calls) => {
    expect(await roleOf(person, access)).toBe(role);
    expect(slack.calls).toEqual(calls);
  });

  test('several at once share what is asked', async () => {
    await Promise.all([roleOf(), roleOf(), roleOf()]);
    expect(slack.calls).toHaveLength(3);
  });

  test('for five minutes nothing is asked again, and then not which workspace it is', async () => {
    await roleOf();
    clock += 5 * MINUTE - 1;
    await roleOf();
    expect(slack.calls).toHaveLength(3);
    clock += 1;
    await roleOf();
    expect(slack.calls.slice(3)).toEqual(['usergroups.users.list', 'users.info']);
  });

  test('who leaves the user group has lost the role five minutes later', async () => {
    expect(await roleOf()).toBe('operator');
    slack.workspace.people.groups.set(ON_CALL, []);
    expect(await roleOf()).toBe('operator');
    clock += 5 * MINUTE;
    expect(await roleOf()).toBe('viewer');
  });
});

describe('who is no member of the workspace has no part in what everyone has', () => {
  test.each([
    ['a guest', { is_restricted: true }, 'Guests'],
    ['a guest in one channel', { is_restricted: true, is_ultra_restricted: true }, 'Guests'],
    ['a stranger', { is_stranger: true, team_id: 'T0OTHER000' }, 'People of other workspaces'],
    ['somebody in a shared channel', { team_id: 'T0OTHER000' }, 'People of other workspaces'],
    ['a bot', { is_bot: true }, 'Bots'],
    ['who was deactivated', { deleted: true }, 'Deactivated accounts'],
  ])('%s', async (_, user, who) => {
    slack.workspace.people.users.set(ADA.userId, user);
    const why = `${who} have a role only where the configuration names them.`;
    expect(await people.roleOf(ADA, ACCESS)).toEqual({ role: 'none', why });
    const named = { ...ACCESS, operator: { ...NOBODY, users: [ADA.userId] } };
    expect(await roleOf(ADA, named)).toBe('operator');
  });

  test('but who is of another workspace of the same organization and of this one too has', async () => {
    slack.workspace.people.users.set(ADA.userId, {
      team_id: 'T0OTHER000',
      enterprise_user: { teams: ['T0OTHER000', 'T0SANDBOX0'] },
    });
    expect(await roleOf()).toBe('operator');
  });

  test('whom Slack does not know', async () => {
    expect(await roleOf({ ...ADA, userId: 'X0ADA00000' })).toBe('none');
  });
});

describe('while Slack is away', () => {
  const away = (method: string) => slack.next(method, { status: 503 });

  test('an answer counts for up to an hour', async () => {
    await roleOf();
    clock += 60 * MINUTE - 1;
    away('usergroups.users.list');
    away('users.info');
    expect(await roleOf()).toBe('operator');
    clock += 1;
    away('usergroups.users.list');
    expect(await people.roleOf(ADA, ACCESS)).toEqual({
      role: 'viewer',
      why: `Slack could not tell who is in the user group ${ON_CALL}: it does not answer.`,
    });
  });

  test('nobody is a member by default', async () => {
    away('auth.test');
    expect(await people.roleOf(ADA, EVERYONE)).toEqual({
      role: 'none',
      why: 'Slack could not tell who you are: it does not answer.',
    });
  });

  test('who is named has the role all the same', async () => {
    await slack.close();
    expect(await roleOf(BOSS)).toBe('admin');
  });
});

describe('what Slack refuses', () => {
  test.each([
    ['a scope that the bot lacks', 'missing_scope', 'the bot lacks the scope usergroups:read'],
    ['a group that is gone', 'no_such_subteam', 'it knows none of that id'],
    ['anything else', 'plan_upgrade_required', 'plan_upgrade_required'],
  ])('%s ends what it said before, and is named', async (_, error, why) => {
    expect(await roleOf()).toBe('operator');
    clock += 5 * MINUTE;
    slack.next('usergroups.users.list', { status: 200, body: JSON.stringify({ ok: false, error }) });
    expect(await people.roleOf(ADA, ACCESS)).toEqual({
      role: 'viewer',
      why: `Slack could not tell who is in the user group ${ON_CALL}: ${why}.`,
    });
  });
});
