import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type FakeSlack, startFakeSlack } from '../../../sandbox/slack/server.ts';
import { during, startVirtualTime, stopVirtualTime } from '../../../test/virtual-time.ts';
import type { Config, Grant } from '../../config/config.ts';
import { slackApi } from './api.ts';
import { type People, peopleIn } from './people.ts';

const MINUTE = 60_000;
/** Long enough for one attempt, too short for a second. */
const LOOK_MS = 250;
const NO_GRANT: Grant = { everyone: false, users: [], userGroups: [], runbooks: false };
const ON_CALL = 'S0ONCALL00';
const ADA = { userId: 'U0ADA00000', teamId: 'T0SANDBOX0' };
const BOSS = { userId: 'U0BOSS0000', teamId: 'T0SANDBOX0' };

const EVERYONE: Config['access'] = { viewer: { ...NO_GRANT, everyone: true }, operator: NO_GRANT, admin: NO_GRANT };
const ACCESS: Config['access'] = {
  viewer: { ...NO_GRANT, everyone: true },
  operator: { ...NO_GRANT, userGroups: [ON_CALL] },
  admin: { ...NO_GRANT, users: [BOSS.userId] },
};

let slack: FakeSlack;
let people: People;
let clock: number;

beforeAll(() => startVirtualTime());
afterAll(stopVirtualTime);
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

const roleOf = async (person = ADA, access = ACCESS) => (await during(people.roleOf(person, access))).role;

describe('asks Slack only what it needs for', () => {
  test.each([
    ['an admin by name', BOSS, ACCESS, 'admin', []],
    ['everyone', ADA, EVERYONE, 'viewer', ['auth.test', 'users.info']],
    ['a user group', ADA, ACCESS, 'operator', ['usergroups.users.list', 'auth.test', 'users.info']],
    ['another workspace', { ...ADA, teamId: 'T0OTHER000' }, EVERYONE, 'none', ['auth.test']],
  ])('%s', async (_, person, access, role, calls) => {
    expect(await roleOf(person, access)).toBe(role);
    expect(slack.calls).toEqual(calls);
  });

  test('requests at the same time, which share the answers', async () => {
    await Promise.all([roleOf(), roleOf(), roleOf()]);
    expect(slack.calls).toHaveLength(3);
  });

  test('the next request: nothing for five minutes, and never again which workspace it is', async () => {
    await roleOf();
    clock += 5 * MINUTE - 1;
    await roleOf();
    expect(slack.calls).toHaveLength(3);
    clock += 1;
    await roleOf();
    expect(slack.calls.slice(3)).toEqual(['usergroups.users.list', 'users.info']);
  });

  test('a person who left the user group, who loses the role within five minutes', async () => {
    expect(await roleOf()).toBe('operator');
    slack.workspace.people.groups.set(ON_CALL, []);
    expect(await roleOf()).toBe('operator');
    clock += 5 * MINUTE;
    expect(await roleOf()).toBe('viewer');
  });
});

describe('the grant to everyone does not reach', () => {
  test.each([
    ['a guest', { is_restricted: true }],
    ['a guest in one channel', { is_restricted: true, is_ultra_restricted: true }],
    ['a stranger', { is_stranger: true, team_id: 'T0OTHER000' }],
    ['a person of another workspace in a shared channel', { team_id: 'T0OTHER000' }],
    ['a bot', { is_bot: true }],
    ['a deactivated account', { deleted: true }],
  ])('%s', async (_, user) => {
    slack.workspace.people.users.set(ADA.userId, user);
    expect(await roleOf()).toBe('none');
    const named = { ...ACCESS, operator: { ...NO_GRANT, users: [ADA.userId] } };
    expect(await roleOf(ADA, named)).toBe('operator');
  });

  test('not an outsider: a person of two workspaces of one organization is a member', async () => {
    slack.workspace.people.users.set(ADA.userId, {
      team_id: 'T0OTHER000',
      enterprise_user: { teams: ['T0OTHER000', 'T0SANDBOX0'] },
    });
    expect(await roleOf()).toBe('operator');
  });

  test('a person whom Slack does not know', async () => {
    expect(await roleOf({ ...ADA, userId: 'X0ADA00000' })).toBe('none');
  });
});

describe('while Slack is down', () => {
  const away = (method: string) => slack.next(method, { status: 503 });

  test('an earlier answer holds for up to an hour', async () => {
    await roleOf();
    clock += 60 * MINUTE - 1;
    away('usergroups.users.list');
    away('users.info');
    expect(await roleOf()).toBe('operator');
    clock += 1;
    away('usergroups.users.list');
    expect(await roleOf()).toBe('viewer');
  });

  test('an unknown person is not taken for a member', async () => {
    away('auth.test');
    expect(await roleOf(ADA, EVERYONE)).toBe('none');
  });

  test('a person whom the configuration names keeps the role', async () => {
    await slack.close();
    expect(await roleOf(BOSS)).toBe('admin');
  });
});

describe('a refusal of Slack ends the earlier answer', () => {
  test.each([
    ['a missing scope', 'missing_scope'],
    ['a group that is gone', 'no_such_subteam'],
    ['anything else', 'plan_upgrade_required'],
  ])('%s', async (_, error) => {
    expect(await roleOf()).toBe('operator');
    clock += 5 * MINUTE;
    slack.next('usergroups.users.list', { status: 200, body: JSON.stringify({ ok: false, error }) });
    expect(await roleOf()).toBe('viewer');
  });
});

test('each missing role has a reason, as in the golden file', async () => {
  const users = [{ is_restricted: true }, { team_id: 'T0OTHER000' }, { is_bot: true }, { deleted: true }];
  const whys: (string | undefined)[] = [];
  const look = async (person = ADA) => {
    clock += 61 * MINUTE;
    whys.push((await people.roleOf(person, ACCESS)).why);
  };
  for (const user of users) {
    slack.workspace.people.users.set(ADA.userId, user);
    await look();
  }
  await look({ ...ADA, userId: 'X0ADA00000' });
  slack.workspace.people.users.delete(ADA.userId);
  for (const [method, errors] of [
    ['users.info', ['missing_scope', 'plan_upgrade_required']],
    ['usergroups.users.list', ['missing_scope', 'no_such_subteam', 'plan_upgrade_required']],
  ] as const) {
    for (const error of errors) {
      slack.next(method, { status: 200, body: JSON.stringify({ ok: false, error }) });
      await look();
    }
    slack.next(method, { status: 503 });
    await look();
  }
  await expect(`${whys.join('\n')}\n`).toMatchFileSnapshot('golden/why-no-role.golden.txt');
});
