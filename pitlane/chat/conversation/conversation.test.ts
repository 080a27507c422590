import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type FakeSlack, startFakeSlack } from '../../../sandbox/slack/server.ts';
import { render } from '../../../sandbox/slack/terminal.ts';
import { admins } from '../../../test/admins.ts';
import { everyOutcome } from '../../../test/builders/every-outcome.ts';
import { ScriptedPitlane } from '../../../test/builders/fake-pitlane.ts';
import { DRAIN, entry, listed, NOW, OPERATION, PLAN, POD, progress } from '../../../test/builders/outcomes.ts';
import { ada as person } from '../../../test/builders/person.ts';
import { ConfigUnusable, type ServiceConfig } from '../../config/config.ts';
import { operationId } from '../../operate/house.ts';
import type { ChangeOutcome, OperationEvent, Outcome } from '../../operate/outcome.ts';
import type { Plan } from '../../rotation/plan.ts';
import { stateOfMessage } from '../blocks/state.ts';
import type { Job, Person } from '../job.ts';
import type { LogLine } from '../log-line.ts';
import { slackApi } from '../slack/api.ts';
import { peopleIn } from '../slack/people.ts';
import { readAction } from './deliveries.ts';
import { work as workOn } from './work.ts';

const TRIGGER = '13345224609.738474920.8088930838d88f008e0';
const OPS = 'C0OPS00000';
const ELSEWHERE = 'C0PRIVATE0';

const QUIET_PLAN: Plan = { ...PLAN, checks: PLAN.checks.filter(({ level }) => level === 'ok') };
const DONE: ChangeOutcome = {
  kind: 'done',
  operation: OPERATION,
  plan: PLAN,
  proof: progress(true, true, true),
  tookMs: [200, 400, 14_200],
  notes: [],
};
const ENTRY = entry(1);
const EVENTS: readonly OperationEvent[] = [
  { kind: 'planned', plan: PLAN },
  { kind: 'wrote', key: `drain ${POD.uid}`, title: `take the label app off ${POD.name}` },
  { kind: 'progress', proof: progress(true, false, false) },
];

let slack: FakeSlack;
let clock: number;
let logged: LogLine[];
let script: ScriptedPitlane;
let service: Partial<ServiceConfig>;
let broken: Error | undefined;

beforeEach(async () => {
  clock = NOW;
  logged = [];
  service = {};
  broken = undefined;
  script = new ScriptedPitlane({ kind: 'proposal', plan: QUIET_PLAN, why: 'needsConfirmation' }, EVENTS, DONE);
  slack = await startFakeSlack({ token: 'xoxb-sandbox', joined: [OPS], now: () => clock });
});

afterEach(() => slack.close());

function ada(changes: Partial<Person> = {}): Person {
  const { channel = OPS } = changes;
  return person({ responseUrl: slack.responseUrl(channel, 'U0ADA00000'), ...changes });
}

function mentioning(changes: Partial<Person> = {}): Person {
  return person({ requestId: 'Ev0PV52K25', thread: '1796000000.000100', address: '@pitlane rng', ...changes });
}

const api = () =>
  slackApi({ token: () => 'xoxb-sandbox', apiUrl: slack.apiUrl, deadline: Date.now() + 300_000, now: Date.now });

async function work(job: Job): Promise<void> {
  await workOn(job, clock + 60_000, {
    house() {
      if (broken !== undefined) throw broken;
      return {
        pitlane: script.pitlane,
        access: admins('U0ADA00000'),
        service: () => ({ key: 'rng', ...service }) as ServiceConfig,
      };
    },
    slack: api,
    people: peopleIn({ slack: api, now: () => clock }),
    log: (_, fields) => logged.push(fields),
    now: () => clock,
    editIntervalMs: 0,
  });
}

const drain = (asker = ada()): Job => ({ kind: 'request', request: DRAIN, asker });
const list = (asker = ada()): Job => ({
  kind: 'request',
  request: { command: 'list', service: 'rng', all: false },
  asker,
});

/** Who sees each message, and in which state it is. */
function told() {
  return slack.workspace.messages.map(({ to, channel, thread, blocks }) => ({
    to: to ?? channel,
    ...(thread !== undefined && { thread }),
    state: stateOfMessage({ blocks }),
  }));
}

function textOf(index: number): string {
  return render(slack.workspace.messages.at(index)?.blocks ?? []).lines.join('\n');
}

/** The buttons under the last message, and the options of its menu. */
function labels(): string[] {
  return render(slack.workspace.messages.at(-1)?.blocks ?? []).pressables.map(({ label }) => label);
}

/** The job of a press on a button or an option of the last message. */
function press(index = 0): Job {
  const message = slack.workspace.messages.at(-1);
  const pressed = render(message?.blocks ?? []).pressables[index];
  if (message === undefined || pressed === undefined) throw new Error('nothing to press');
  const job = readAction({
    user: { id: 'U0ADA00000' },
    channel: { id: message.channel },
    response_url: slack.responseUrl(message.channel, 'U0ADA00000', message.ts),
    trigger_id: `${TRIGGER}2`,
    actions: [
      {
        action_id: pressed.actionId,
        block_id: pressed.blockId,
        value: pressed.value,
        selected_option: { value: pressed.value },
      },
    ],
  });
  if (job.kind === 'tell') throw new Error('the press is not understood');
  return job;
}

describe('shows only to the person who asked', () => {
  test('a list', async () => {
    script.proposed = listed(1);
    await work(list(ada({ channel: ELSEWHERE })));
    expect(told()).toEqual([{ to: 'U0ADA00000', state: 'listed' }]);
  });

  test('a dry run, which carries nothing out', async () => {
    const operation = { ...OPERATION, request: { ...DRAIN, dryRun: true } };
    script.proposed = { kind: 'proposal', plan: { ...QUIET_PLAN, operation }, why: 'dryRun' };
    await work(drain());
    expect(told()).toEqual([{ to: 'U0ADA00000', state: 'dryRun' }]);
    expect(script.carriedOut).toEqual([]);
  });

  test.each([
    ['with all of it as a file in the direct messages', [], [304]],
    ['with as much as fits if Slack accepts no file', ['files:write'], []],
  ] as const)('a long list, %s', async (_, withheld, lines) => {
    for (const scope of withheld) slack.workspace.withheld.add(scope);
    script.proposed = listed(300, { all: true });
    await work({ kind: 'request', request: { command: 'list', service: 'rng', all: true }, asker: ada() });
    expect(told().at(-1)).toEqual({ to: 'U0ADA00000', state: 'listed' });
    const files = slack.workspace.messages.flatMap((message) => message.files ?? []);
    expect(files.map(({ text }) => text.split('\n').length)).toEqual(lines);
  });

  test.each([
    ['as a code block', 10, [], []],
    ['as a file if it is too long for a message', 300, [], [7_800]],
    ['as much as fits of it if Slack accepts no file', 300, ['files:write'], []],
  ] as const)('a manifest, %s', async (_, lines, withheld, sizes) => {
    for (const scope of withheld) slack.workspace.withheld.add(scope);
    const { manifest } = everyOutcome(1);
    script.proposed = { ...manifest, text: '  annotation: of a letter\n'.repeat(lines) };
    await work({ kind: 'request', request: { command: 'spread manifest', service: 'rng' }, asker: ada() });
    expect(told().at(-1)).toEqual({ to: 'U0ADA00000', state: 'manifest' });
    const files = slack.workspace.messages.flatMap((message) => message.files ?? []);
    expect(files.map(({ text }) => text.length)).toEqual(sizes);
  });

  test('a refusal', async () => {
    script.proposed = {
      kind: 'refusal',
      operation: OPERATION,
      isForceable: false,
      checks: [{ code: 'TooFew', level: 'refusal', message: 'rng would have 1 pod in rotation, minimum 2.' }],
    };
    await work(drain());
    expect(told()).toEqual([{ to: 'U0ADA00000', state: 'refusal' }]);
  });

  test('the answer to a mention in a thread, which has no response_url', async () => {
    script.proposed = listed(1);
    await work(list(mentioning()));
    expect(told()).toEqual([{ to: 'U0ADA00000', thread: '1796000000.000100', state: 'listed' }]);
    expect(slack.calls).toEqual(['chat.postEphemeral']);
  });

  test('the answer when the response_url is used up', async () => {
    script.proposed = listed(1);
    slack.next('response_url', { status: 404, body: '{"ok":false,"error":"used_url"}' });
    await work(list());
    expect(slack.calls).toEqual(['response_url', 'chat.postEphemeral']);
    expect(told()).toEqual([{ to: 'U0ADA00000', state: 'listed' }]);
  });

  test('that the commands of the service work in other channels only', async () => {
    service = { onlyChannels: ['C0OTHER000'] };
    await work(drain());
    expect(told()).toEqual([{ to: 'U0ADA00000', state: 'wrongChannel' }]);
    expect(script.carriedOut).toEqual([]);
  });
});

describe('a change', () => {
  test('is one message in the channel, edited from the start to the result', async () => {
    await work(drain());
    expect(told()).toEqual([{ to: OPS, state: 'done' }]);
    expect(slack.calls[0]).toBe('chat.postMessage');
    expect(slack.calls.slice(1).every((call) => call === 'chat.update')).toBe(true);
  });

  test('is recorded with its message, under the same id for each delivery', async () => {
    await work(drain());
    expect(script.carriedOut).toMatchObject([
      {
        request: DRAIN,
        asker: { by: 'U0ADA00000', requestId: TRIGGER, report: { channel: OPS } },
        door: { deadline: NOW + 52_000 },
      },
    ]);
    expect(script.reported).toEqual({ channel: OPS, ts: slack.workspace.messages[0]?.ts });
  });

  test('stays in the thread where it was requested', async () => {
    await work(drain(mentioning()));
    expect(told()).toEqual([{ to: OPS, thread: '1796000000.000100', state: 'done' }]);
  });

  test('reports its start and result through the response_url where the bot is not a member', async () => {
    await work(drain(ada({ channel: ELSEWHERE })));
    expect(slack.calls).toEqual(['chat.postMessage', 'response_url', 'response_url']);
    expect(told()).toEqual([
      { to: ELSEWHERE, state: 'asked' },
      { to: ELSEWHERE, state: 'done' },
    ]);
    expect(script.reported).toEqual({ channel: ELSEWHERE });
  });

  test.each([
    ['in the channel of the service, and tells the person so, if it was typed elsewhere', ELSEWHERE, OPS, OPS],
    ['where it was typed if the bot is not in the channel of the service', OPS, ELSEWHERE, OPS],
    ['once if it was typed in the channel of the service', OPS, OPS, OPS],
  ])('is reported %s', async (_, typedIn, channel, reportedIn) => {
    service = { channel };
    await work(drain(ada({ channel: typedIn })));
    expect(told()).toEqual([
      { to: reportedIn, state: 'done' },
      ...(typedIn === reportedIn ? [] : [{ to: 'U0ADA00000', state: 'elsewhere' }]),
    ]);
    expect(script.reported?.channel).toBe(reportedIn);
  });

  test('is not reported again when Slack delivers the command twice', async () => {
    for (const kind of ['running', 'repeated'] as const) {
      script.events = [];
      script.outcome = { kind, entry: ENTRY };
      await work(drain());
      script.proposed = { kind, entry: ENTRY };
      await work(drain());
    }
    expect(told()).toEqual([]);
  });

  test('reports its result in a new message if the first was deleted', async () => {
    slack.next('chat.update', { status: 200, body: '{"ok":false,"error":"message_not_found"}' });
    slack.next('chat.update', { status: 200, body: '{"ok":false,"error":"message_not_found"}' });
    slack.next('chat.update', { status: 200, body: '{"ok":false,"error":"message_not_found"}' });
    script.events = [];
    script.outcome = DONE;
    await work(drain());
    expect(told().map(({ state }) => state)).toEqual(['asked', 'done']);
  });

  test('waits as long as Slack asks when it is rate limited', async () => {
    slack.next('chat.postMessage', { status: 429, headers: { 'retry-after': '0.05' } });
    await work(drain());
    expect(slack.calls.slice(0, 2)).toEqual(['chat.postMessage', 'chat.postMessage']);
    expect(told()).toHaveLength(1);
  });

  test('does not begin if its message is refused', async () => {
    slack.next('chat.postMessage', { status: 200, body: '{"ok":false,"error":"account_inactive"}' });
    await work(drain());
    expect(script.reported).toBeUndefined();
    expect(told()).toEqual([{ to: 'U0ADA00000', state: 'internalError' }]);
  });
});

describe('a plan with warnings', () => {
  beforeEach(() => {
    script.proposed = { kind: 'proposal', plan: PLAN, why: 'needsConfirmation' };
  });

  test('is carried out after Confirm, under the id of the proposal, and its buttons disappear', async () => {
    await work(drain());
    expect(script.carriedOut).toEqual([]);
    expect(told()).toEqual([{ to: 'U0ADA00000', state: 'proposal' }]);
    expect(labels()).toEqual(['Confirm drain', 'Cancel']);
    clock += 60_000;
    await work(press(0));
    expect(script.carriedOut).toMatchObject([
      {
        asker: { requestId: TRIGGER },
        confirmed: { id: OPERATION.id, fingerprint: PLAN.fingerprint },
      },
    ]);
    expect(told()).toEqual([
      { to: 'U0ADA00000', state: 'confirmed' },
      { to: OPS, state: 'done' },
    ]);
    expect(textOf(1)).toContain('confirmed by @U0ADA00000');
  });

  test('is not carried out after Cancel, and its buttons disappear', async () => {
    await work(drain());
    await work(press(1));
    expect(script.carriedOut).toEqual([]);
    expect(told()).toEqual([{ to: 'U0ADA00000', state: 'dismissed' }]);
  });

  test.each([
    [15 * 60_000, 'confirmed'],
    [15 * 60_000 + 1, 'expired'],
  ])('answers Confirm after %d ms with %s', async (ms, state) => {
    await work(drain());
    clock += ms;
    await work(press(0));
    expect(script.carriedOut).toHaveLength(state === 'confirmed' ? 1 : 0);
    expect(told()[0]?.state).toBe(state);
  });

  test('is answered only by the person who asked', async () => {
    await work(drain());
    const job = press(0);
    await work({ ...job, asker: { ...job.asker, userId: 'U0MALLORY0' } });
    expect(script.carriedOut).toEqual([]);
    expect(told()[0]?.state).toBe('notYours');
  });

  test('is shown again, and not carried out, if it has changed', async () => {
    await work(drain());
    const job = press(0);
    script.proposed = { kind: 'proposal', plan: { ...PLAN, fingerprint: 'sha256:other' }, why: 'needsConfirmation' };
    await work(job);
    expect(script.carriedOut).toEqual([]);
    expect(told()).toEqual([{ to: 'U0ADA00000', state: 'proposal' }]);
    expect(labels()).toEqual(['Confirm drain', 'Cancel']);
  });

  test('tells the channel that nothing was changed, and shows the new plan, if it changes before the first write', async () => {
    await work(drain());
    script.events = [];
    script.outcome = { kind: 'proposal', plan: PLAN, why: 'changed' };
    await work(press(0));
    expect(told().slice(1)).toEqual([
      { to: OPS, state: 'nothingChanged' },
      { to: 'U0ADA00000', state: 'proposal' },
    ]);
    expect(labels()).toEqual(['Confirm drain', 'Cancel']);
  });
});

describe('a pod picked from the menu', () => {
  const choice: Outcome = { kind: 'choice', request: DRAIN, message: 'Which one?', candidates: listed(5).members };

  test('is drained with the rest of the typed request', async () => {
    script.proposed = choice;
    await work(drain());
    const job = press(0);
    script.proposed = { kind: 'proposal', plan: QUIET_PLAN, why: 'needsConfirmation' };
    await work(job);
    expect(script.carriedOut).toMatchObject([{ request: { because: DRAIN.because, pods: [POD.name] } }]);
  });

  test('is left alone if another pod has its name now', async () => {
    script.proposed = choice;
    await work(drain());
    const job = press(2);
    script.proposed = { kind: 'proposal', plan: QUIET_PLAN, why: 'needsConfirmation' };
    await work(job);
    expect(script.carriedOut).toEqual([]);
    expect(told()[0]?.state).toBe('podGone');
  });
});

describe('an internal error', () => {
  test('gives the person the reference that the log line carries', async () => {
    script.proposed = new Error('connect ECONNREFUSED 10.0.0.1:443 at Socket.<anonymous>');
    await work(drain());
    const reference = operationId(TRIGGER);
    expect(told()).toEqual([{ to: 'U0ADA00000', state: 'internalError' }]);
    expect(textOf(0)).toContain(reference);
    expect(textOf(0)).not.toContain('ECONNREFUSED');
    expect(logged).toMatchObject([{ event: 'failed', operation: reference, service: 'rng', command: 'drain' }]);
  });

  test.each([
    [new Error('boom'), 'internalError'],
    [new ConfigUnusable('pitlane.yaml:3:5: services.rng.minRedy is unknown.'), 'configUnusable'],
  ])('while the configuration is read is told too: %s', async (error, state) => {
    broken = error;
    await work(drain());
    expect(told()).toEqual([{ to: 'U0ADA00000', state }]);
    expect(logged).toMatchObject([{ event: 'failed', error }]);
  });

  test('after a write leaves a message that names the write and how to undo it', async () => {
    script.events = EVENTS.slice(0, 2);
    script.outcome = new Error('boom');
    await work(drain());
    expect(told()).toEqual([{ to: OPS, state: 'failed' }]);
    expect(textOf(0)).toContain(`take the label app off ${POD.name}.`);
    expect(textOf(0)).toContain('kubectl -n dockercoins label pod');
    expect(textOf(0)).toContain(operationId(TRIGGER));
    expect(textOf(0)).not.toContain('boom');
  });

  test('writes neither a response_url nor the token to the log', async () => {
    slack.next('response_url', { status: 500, body: 'no' });
    script.proposed = new Error('boom');
    const asker = ada();
    await work(drain(asker));
    expect(logged.length).toBeGreaterThan(1);
    const lines = JSON.stringify(logged.map((fields) => ({ ...fields, error: String(fields.error) })));
    expect(lines).not.toContain(asker.responseUrl);
    expect(lines).not.toContain('/response/');
    expect(lines).not.toContain('xoxb');
  });
});
