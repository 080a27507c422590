import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { house } from '../../functions/house.ts';
import { rbacObjects } from '../../infra/rbac-objects.ts';
import { CONFIRM } from '../../pitlane/chat/blocks/buttons.ts';
import { parseConfig } from '../../pitlane/config/file.ts';
import { actionBody, commandBody, signedRequest } from '../../sandbox/slack/deliveries.ts';
import { render } from '../../sandbox/slack/terminal.ts';
import { allows, rightsOf } from '../cluster/access/rights.ts';
import { OPS, RngInSlack, SECRET } from './rng-in-slack.ts';

/**
 * Who may do what, the whole way: typed in Slack, looked up there, and with the rights of infra/ on the cluster, which
 * asks them about every request.
 */
const rng = new RngInSlack();
const folder = mkdtempSync(join(tmpdir(), 'pitlane-access-'));
const FILE = join(folder, 'pitlane.yaml');
const KUBECONFIG = join(folder, 'kubeconfig');

const SECRETS = 'C0SECRETS0';
/** Other people and another user group in each test: what Slack tells of them is remembered. */
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
  rng.cluster.setAuthorize(undefined);
  // Who may do something is mentioned, for nobody's eyes but the asker's: there it notifies nobody.
  const { messages } = rng.slack.workspace;
  const isMention = ({ text }: (typeof messages)[number]) => text.includes('<!subteam^');
  expect(messages.filter((message) => isMention(message) && message.to === undefined)).toEqual([]);
  messages.splice(0, messages.length, ...messages.filter((message) => !isMention(message)));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** With the rights for just that configuration in the cluster. */
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
  const parsed = parseConfig(text, FILE);
  if (parsed.kind !== 'config') throw new Error(JSON.stringify(parsed));
  const rights = rightsOf(rbacObjects(parsed.config));
  rng.cluster.setAuthorize((user, { verb, group: apiGroup, resource, subresource, namespace, name }) => {
    if (user.name !== 'pitlane' || resource === '') return true;
    const sent = {
      group: user.groups.find((group) => group.startsWith('pitlane:')),
      verb,
      apiGroup,
      resource: [resource, subresource].filter(Boolean).join('/'),
      ...(namespace !== undefined && { namespace }),
      ...(name !== undefined && { name }),
    };
    return rights.some((right) => allows(right, sent));
  });
}

const says = (user: string, line: string) => rng.said(() => rng.person(user).type(rng.withRealNames(line)));

describe('what a role does not cover is denied, and who may is said', () => {
  test('a viewer looks, and changes nothing', async () => {
    expect((await says(EVE, '/rng list')).you).toContain('rng: 4 in rotation');
    const { you, ops, wrote } = await says(EVE, '/rng drain rng-a');
    expect(you).toBe(
      `drain is for operators, and you are a viewer. Who may: @${ON_CALL}, @${BOSS} and runbooks. Nothing was changed.`,
    );
    expect({ ops, wrote }).toEqual({ ops: '', wrote: [] });
  });

  test('who is in the user group drains, with the rights of an operator on the cluster', async () => {
    const { ops, wrote } = await says(ADA, '/rng drain rng-a because 5xx');
    expect(ops).toContain('Drained rng-a');
    expect(wrote).toEqual(['PATCH rng-a 200']);
    expect((await says(BOB, '/rng restore rng-a')).ops).toContain('Restored rng-a');
  });

  test('force is for admins', async () => {
    const { you, wrote } = await says(ADA, '/rng drain rng-a --force');
    expect(you).toContain(`drain with --force is for admins, and you are an operator. Who may: @${BOSS}.`);
    expect(wrote).toEqual([]);
    expect((await says(BOSS, '/rng drain rng-a --force')).ops).toContain('Drained rng-a');
  });

  test('a runbook has the role that is given to runbooks, and forces nothing with it', async () => {
    const drain = { command: 'drain', pod: 'rng-a', by: `${BOSS} himself` };
    expect(await rng.runbook({ ...drain, force: true })).toMatchObject({
      ok: false,
      outcome: 'denied',
      message: expect.stringContaining('drain with --force is for admins, and you are an operator.'),
    });
    expect(await rng.runbook(drain)).toMatchObject({ ok: true, outcome: 'done' });
    configure(`access: { viewer: { runbooks: true }, admin: { users: [${BOSS}] } }`);
    expect(await rng.runbook({ ...drain, command: 'restore' })).toMatchObject({ ok: false, outcome: 'denied' });
    expect(await rng.runbook({ command: 'list', by: 'ci' })).toMatchObject({ ok: true, outcome: 'listed' });
  });
});

describe('who is no member of the workspace has no role', () => {
  test('a guest, though in the user group', async () => {
    rng.slack.workspace.people.users.set(ADA, { is_restricted: true });
    for (const line of ['/rng list', '/rng drain rng-a']) {
      const { you, wrote } = await says(ADA, line);
      expect(you).toContain('and you have no role.');
      expect(you).toContain('Guests have a role only where the configuration names them.');
      expect(wrote).toEqual([]);
    }
  });

  test('somebody of another workspace', async () => {
    const at = { user: EVE, team: 'T0OTHER000', channel: OPS };
    const body = commandBody('/rng list', at, rng.slack.workspace.triggerId(), rng.slack.responseUrl(OPS, EVE));
    const { you } = await rng.deliver(signedRequest(SECRET, body, Date.now()));
    expect(you).toContain('People of other workspaces have a role only where the configuration names them.');
  });
});

test('a user group that Slack can not tell anything of makes nobody an operator, and that is said', async () => {
  configure(
    `access: { viewer: { everyone: true }, operator: { userGroups: [S0GONE00${tests}] }, admin: { users: [${BOSS}] } }`,
  );
  const { you, wrote } = await says(ADA, '/rng drain rng-a');
  expect(you).toContain(`Slack could not tell who is in the user group @S0GONE00${tests}: it knows none of that id.`);
  expect(wrote).toEqual([]);
  expect((await says(BOSS, '/rng drain rng-a')).ops).toContain('Drained rng-a');
});

describe('a button gives nobody a role', () => {
  /** The Confirm under a plan with a warning that Ada was shown. */
  async function proposed() {
    rng.createPod('rng-alone', { app: 'rng' });
    await rng.untilInRotation(5);
    await says(ADA, '/rng drain rng-alone');
    const message = rng.slack.workspace.messages.at(-1);
    const [confirm] = render(message?.blocks ?? []).pressables;
    if (message === undefined || confirm?.actionId !== CONFIRM) throw new Error('there is nothing to confirm');
    return { message, confirm };
  }

  test('a viewer may not confirm what an operator was shown; another operator may', async () => {
    const { message, confirm } = await proposed();
    const presses = (user: string) => rng.said(() => rng.person(user).press(confirm, message));
    const { you, wrote } = await presses(EVE);
    expect(you).toContain(`Only @${ADA}, who asked to drain rng-alone, or operators can answer that.`);
    expect(wrote).toEqual([]);
    expect((await presses(BOB)).ops).toContain('Drained rng-alone');
  });

  test('who has lost the role since may not confirm', async () => {
    const { message, confirm } = await proposed();
    rng.slack.workspace.people.groups.set(ON_CALL, []);
    await rng.tick(6 * 60_000);
    const { you, wrote } = await rng.said(() => rng.person(ADA).press(confirm, message));
    expect(you).toContain(`drain is for operators, and you are a viewer.`);
    expect(wrote).toEqual([]);
  });

  /** A press whose button never was shown so. */
  async function forge(change: (value: string) => string) {
    const { message, confirm } = await proposed();
    const pressed = { ...confirm, value: change(confirm.value) };
    expect(pressed.value).not.toBe(confirm.value);
    const at = { user: ADA, team: 'T0SANDBOX0', channel: OPS };
    const { workspace } = rng.slack;
    const body = actionBody(pressed, at, workspace.triggerId(), rng.slack.responseUrl(OPS, ADA), message.ts);
    return rng.deliver(signedRequest(SECRET, body, Date.now()));
  }

  test('not with force written into it', async () => {
    const { you, wrote } = await forge((value) => value.replace('"force":false', '"force":true'));
    expect(you).toContain('drain with --force is for admins, and you are an operator.');
    expect(wrote).toEqual([]);
  });

  test('not for a service whose commands work elsewhere', async () => {
    const { you, wrote } = await forge((value) => value.replace('"service":"rng"', '"service":"hasher"'));
    expect(you).toBe(`Commands for hasher work in #${SECRETS} only. Nothing was changed.`);
    expect(wrote).toEqual([]);
  });

  test('not for a service that nobody has configured', async () => {
    const { you, wrote } = await forge((value) => value.replace('"service":"rng"', '"service":"__proto__"'));
    expect(you).toContain('No service is configured as');
    expect(wrote).toEqual([]);
  });
});
