import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { house } from '../../functions/house.ts';
import { CONFIRM } from '../../pitlane/chat/blocks/buttons.ts';
import { actionBody, commandBody, signedRequest } from '../../sandbox/slack/deliveries.ts';
import { render } from '../../sandbox/slack/terminal.ts';
import { GoldenFile } from '../golden.ts';
import { grantRights } from '../grant-rights.ts';
import { OPS, RngInSlack, type Said, SECRET } from './rng-in-slack.ts';

const rng = new RngInSlack();
const golden = new GoldenFile(import.meta.url);
const folder = mkdtempSync(join(tmpdir(), 'pitlane-access-'));
const FILE = join(folder, 'pitlane.yaml');
const KUBECONFIG = join(folder, 'kubeconfig');

const SECRETS = 'C0SECRETS0';
/** Each test has its own people and user group: Pitlane caches what Slack says about them. */
let tests = 0;
let [ADA, BOB, EVE, BOSS, ON_CALL] = ['', '', '', '', ''];

beforeEach(async () => {
  tests += 1;
  [ADA = '', BOB = '', EVE = '', BOSS = ''] = ['ADA', 'BOB', 'EVE', 'BOSS'].map((name) => `U0${name}${tests + 1000}`);
  ON_CALL = `S0ONCALL${tests}`;
  await rng.cluster.writeKubeConfig(KUBECONFIG);
  rng.slack.workspace.people.groups.set(ON_CALL, [ADA, BOB]);
  configure(
    `access: { viewer: { everyone: true }, operator: { userGroups: [${ON_CALL}], runbooks: true }, admin: { users: [${BOSS}] } }`,
  );
});
afterEach(() => {
  // A mention of who may do something notifies them, except in a message for the caller alone.
  const { messages } = rng.slack.workspace;
  const isMention = ({ text }: (typeof messages)[number]) => text.includes('<!subteam^');
  expect(messages.filter((message) => isMention(message) && message.to === undefined)).toEqual([]);
  messages.splice(0, messages.length, ...messages.filter((message) => !isMention(message)));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** The cluster grants exactly the rights that `npm run rbac` prints for this configuration. */
function configure(access: string): void {
  const { namespace } = rng;
  const text = `
clusters: { lab: { kubeconfig: { path: ${KUBECONFIG} } } }
services:
  rng: { namespace: ${namespace} }
  hasher: { namespace: ${namespace}, only: { channels: [${SECRETS}] } }
${access}
`;
  writeFileSync(FILE, text);
  rng.house = () => house({ PITLANE_CONFIG: FILE });
  grantRights(rng.cluster.api, text, FILE);
}

const type = (user: string, line: string) => rng.said(() => rng.person(user).type(rng.withRealNames(line)));

/** Denied, told to the caller alone, and without a write. The names of the people differ from test to test. */
function expectDenied({ states, wrote, text }: Said): void {
  expect({ states, wrote }).toEqual({ states: ['you denied'], wrote: [] });
  golden.expect(anonymous(text));
}

function anonymous(text: string): string {
  return text.replace(/(U0[A-Z]+|S0[A-Z]+)\d+/g, '$1');
}

describe('by role', () => {
  test('a viewer reads, and may not drain', async () => {
    expect((await type(EVE, '/rng list')).states).toEqual(['you listed']);
    expectDenied(await type(EVE, '/rng drain rng-a'));
  });

  test('a member of the user group drains, with the rights of an operator in the cluster', async () => {
    const drained = await type(ADA, '/rng drain rng-a');
    expect(drained).toMatchObject({ states: ['ops done'], wrote: ['PATCH rng-a 200'] });
    expect((await type(BOB, '/rng restore rng-a')).states).toContain('ops done');
  });

  test('an operator may not force, an admin may', async () => {
    expectDenied(await type(ADA, '/rng drain rng-a --force'));
    expect((await type(BOSS, '/rng drain rng-a --force')).states).toEqual(['ops done']);
  });

  test('a runbook has the role of runbooks, regardless of its claim', async () => {
    const drain = { command: 'drain', pod: 'rng-a', by: `${BOSS} himself` };
    const forced = await rng.runbook({ ...drain, force: true });
    expect(forced).toMatchObject({ ok: false, outcome: 'denied' });
    golden.expect(anonymous(forced.message));
    expect(await rng.runbook(drain)).toMatchObject({ ok: true, outcome: 'done' });
    configure(`access: { viewer: { runbooks: true }, admin: { users: [${BOSS}] } }`);
    expect(await rng.runbook({ ...drain, command: 'restore' })).toMatchObject({ ok: false, outcome: 'denied' });
    expect(await rng.runbook({ command: 'list', by: 'ci' })).toMatchObject({ ok: true, outcome: 'listed' });
  });
});

describe('gives no role', () => {
  test('to a guest, even in the user group', async () => {
    rng.slack.workspace.people.users.set(ADA, { is_restricted: true });
    for (const line of ['/rng list', '/rng drain rng-a']) expectDenied(await type(ADA, line));
  });

  test('to members of another workspace', async () => {
    const at = { user: EVE, team: 'T0OTHER000', channel: OPS };
    const body = commandBody('/rng list', at, rng.slack.workspace.triggerId(), rng.slack.responseUrl(OPS, EVE));
    expectDenied(await rng.deliver(signedRequest(SECRET, body, Date.now())));
  });

  test('through a user group that Slack does not know', async () => {
    const access = `{ viewer: { everyone: true }, operator: { userGroups: [S0GONE${tests}] }, admin: { users: [${BOSS}] } }`;
    configure(`access: ${access}`);
    expectDenied(await type(ADA, '/rng drain rng-a'));
    expect((await type(BOSS, '/rng drain rng-a')).states).toEqual(['ops done']);
  });
});

describe('a button', () => {
  /** The Confirm button of a proposal that Ada has got. */
  async function proposed() {
    rng.createPod('rng-alone', { app: 'rng' });
    await rng.untilInRotation(5);
    await type(ADA, '/rng drain rng-alone');
    const message = rng.slack.workspace.messages.at(-1);
    const [confirm] = render(message?.blocks ?? []).pressables;
    if (message === undefined || confirm?.actionId !== CONFIRM) throw new Error('there is nothing to confirm');
    return { message, confirm };
  }

  test('works for operators, and not for viewers', async () => {
    const { message, confirm } = await proposed();
    const press = (user: string) => rng.said(() => rng.person(user).press(confirm, message));
    const { states, wrote, text } = await press(EVE);
    expect({ states, wrote }).toEqual({ states: ['you notYours'], wrote: [] });
    golden.expect(anonymous(text));
    expect((await press(BOB)).states).toContain('ops done');
  });

  test('does not work once its caller has lost the role', async () => {
    const { message, confirm } = await proposed();
    rng.slack.workspace.people.groups.set(ON_CALL, []);
    await rng.tick(6 * 60_000);
    expectDenied(await rng.said(() => rng.person(ADA).press(confirm, message)));
  });

  /** Presses a button with a value that Pitlane did not write. */
  async function forge(change: (value: string) => string): Promise<Said> {
    const { message, confirm } = await proposed();
    const pressed = { ...confirm, value: change(confirm.value) };
    expect(pressed.value).not.toBe(confirm.value);
    const at = { user: ADA, team: 'T0SANDBOX0', channel: OPS };
    const { workspace } = rng.slack;
    const body = actionBody(pressed, at, workspace.triggerId(), rng.slack.responseUrl(OPS, ADA), message.ts);
    return rng.deliver(signedRequest(SECRET, body, Date.now()));
  }

  test('does not force with a forged value', async () => {
    expectDenied(await forge((value) => value.replace('"force":false', '"force":true')));
  });

  test.each([
    ['another channel', 'hasher', 'wrongChannel'],
    ['no configuration', '__proto__', 'notUnderstood'],
  ])('does not work for a service of %s with a forged value', async (_, service, state) => {
    const said = await forge((value) => value.replace('"service":"rng"', `"service":"${service}"`));
    expect(said).toMatchObject({ states: [`you ${state}`], wrote: [] });
    golden.expect(said.text);
  });
});
