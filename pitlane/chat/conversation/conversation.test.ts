import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type FakeSlack, startFakeSlack } from '../../../sandbox/slack/server.ts';
import { render } from '../../../sandbox/slack/terminal.ts';
import { admins } from '../../../test/admins.ts';
import { fakePitlane } from '../../../test/builders/fake-pitlane.ts';
import { DRAIN, listed, NOW, OPERATION, PLAN, progress } from '../../../test/builders/outcomes.ts';
import { ada as person } from '../../../test/builders/person.ts';
import type { DrainRequest } from '../../command/request.ts';
import type { ServiceConfig } from '../../config/config.ts';
import type { JournalEntry } from '../../journal/entry.ts';
import type { ChangeOutcome, OperationEvent, Outcome } from '../../operate/outcome.ts';
import type { AdvanceOptions, Asker } from '../../operate/pitlane.ts';
import type { Plan } from '../../rotation/plan.ts';
import { type Job, type Person, referenceOf } from '../job.ts';
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
const ENTRY: JournalEntry = {
  id: OPERATION.id,
  request: OPERATION.request,
  pod: OPERATION.pod,
  by: OPERATION.by,
  at: NOW,
  holder: 'other',
  heldUntil: NOW + 60_000,
};
const EVENTS: readonly OperationEvent[] = [
  { kind: 'planned', plan: PLAN },
  { kind: 'wrote', title: `take the label app off ${OPERATION.pod.name}` },
  { kind: 'progress', proof: progress(true, false, false) },
];

let slack: FakeSlack;
let clock: number;
let logged: LogLine[];
let proposed: Outcome | Error;
let advanced: { events: readonly OperationEvent[]; outcome: ChangeOutcome | Error };
let asked: { request: DrainRequest; asker: Asker; options: AdvanceOptions }[];
let service: Partial<ServiceConfig>;
let broken: Error | undefined;
/** Where the change is reported, as the door says. */
let reported: Asker['report'];

beforeEach(async () => {
  clock = NOW;
  logged = [];
  asked = [];
  service = {};
  broken = undefined;
  reported = undefined;
  proposed = { kind: 'proposal', plan: QUIET_PLAN, why: 'needsConfirmation' };
  advanced = { events: EVENTS, outcome: DONE };
  slack = await startFakeSlack({ token: 'xoxb-sandbox', joined: [OPS], now: () => clock });
});

afterEach(() => slack.close());

const pitlane = fakePitlane({
  async propose() {
    if (proposed instanceof Error) throw proposed;
    return proposed;
  },
  async *advance(request, asker, options) {
    asked.push({ request: request as DrainRequest, asker, options });
    const plan = proposed instanceof Error || proposed.kind !== 'proposal' ? PLAN : proposed.plan;
    const isBegun = advanced.outcome instanceof Error || !['running', 'repeated'].includes(advanced.outcome.kind);
    if (isBegun) reported = await options.reporter?.begun?.(plan, undefined);
    yield* advanced.events;
    if (advanced.outcome instanceof Error) throw advanced.outcome;
    await options.reporter?.ended?.(advanced.outcome);
    return advanced.outcome;
  },
});

function ada(changes: Partial<Person> = {}): Person {
  const { channel = OPS } = changes;
  return person({ responseUrl: slack.responseUrl(channel, 'U0ADA00000'), ...changes });
}

function mentioning(changes: Partial<Person> = {}): Person {
  return person({ requestId: 'Ev0PV52K25', thread: '1796000000.000100', address: '@pitlane rng', ...changes });
}

const api = () =>
  slackApi({ token: () => 'xoxb-sandbox', apiUrl: slack.apiUrl, deadline: Date.now() + 5_000, now: Date.now });

async function work(job: Job): Promise<void> {
  await workOn(job, clock + 60_000, {
    house() {
      if (broken !== undefined) throw broken;
      return { pitlane, access: admins('U0ADA00000'), service: () => ({ key: 'rng', ...service }) as ServiceConfig };
    },
    slack: api,
    people: peopleIn({ slack: api, now: () => clock }),
    log: (_, fields) => logged.push(fields),
    now: () => clock,
    editIntervalMs: 0,
  });
}

const drain = (asker = ada(), request = DRAIN): Job => ({ kind: 'request', request, asker });

/** Who sees a message, and its lines. */
function seen() {
  return slack.workspace.messages.map(({ to, channel, thread, blocks }) => ({
    to: to ?? channel,
    ...(thread !== undefined && { thread }),
    lines: render(blocks).lines,
  }));
}

function offered(index = 0) {
  const message = slack.workspace.messages.at(-1);
  const pressed = render(message?.blocks ?? []).pressables[index];
  if (message === undefined || pressed === undefined) throw new Error('nothing to press');
  const reading = readAction({
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
  if (reading.kind !== 'job') throw new Error('not understood');
  return reading.job;
}

describe('what only the asker sees', () => {
  test('a list', async () => {
    proposed = listed(1);
    await work({
      kind: 'request',
      request: { command: 'list', service: 'rng', all: false },
      asker: ada({ channel: ELSEWHERE }),
    });
    expect(seen()).toMatchObject([
      { to: 'U0ADA00000', lines: [expect.stringMatching(/^rng: 1 in rotation/), expect.anything()] },
    ]);
  });

  test('a dry run, and nothing is carried out', async () => {
    const operation = { ...OPERATION, request: { ...DRAIN, dryRun: true } };
    proposed = { kind: 'proposal', plan: { ...QUIET_PLAN, operation }, why: 'dryRun' };
    await work(drain());
    expect(seen()).toMatchObject([{ to: 'U0ADA00000' }]);
    expect(seen()[0]?.lines[0]).toContain('Dry run');
    expect(asked).toEqual([]);
  });

  test.each([
    ['as a file in the direct messages', [], 'all 300 are in the file rng-pods-'],
    ['as far as a message holds it where Slack takes no file', ['files:write'], 'narrows the list'],
  ] as const)('the whole of a long list, %s', async (_, withheld, rest) => {
    for (const scope of withheld) slack.workspace.withheld.add(scope);
    proposed = listed(300, { all: true });
    await work({ kind: 'request', request: { command: 'list', service: 'rng', all: true }, asker: ada() });
    expect(seen().at(-1)).toMatchObject({ to: 'U0ADA00000' });
    expect(seen().at(-1)?.lines.join('\n')).toContain(rest);
    const files = slack.workspace.messages.flatMap((message) => message.files ?? []);
    expect(files.map(({ text }) => text.split('\n').length)).toEqual(withheld.length > 0 ? [] : [304]);
  });

  test('a refusal', async () => {
    proposed = {
      kind: 'refusal',
      operation: OPERATION,
      isForceable: false,
      checks: [{ code: 'TooFew', level: 'refusal', message: 'rng has 2 in rotation and must keep 2.' }],
    };
    await work(drain());
    expect(seen()).toMatchObject([{ to: 'U0ADA00000' }]);
    expect(seen()[0]?.lines).toContain('✗ rng has 2 in rotation and must keep 2.');
  });

  test('in a thread, where there is no response_url, the answer to a mention', async () => {
    proposed = listed(1);
    await work({ kind: 'request', request: { command: 'list', service: 'rng', all: false }, asker: mentioning() });
    expect(seen()).toMatchObject([{ to: 'U0ADA00000', thread: '1796000000.000100' }]);
    expect(slack.calls).toEqual(['chat.postEphemeral']);
  });

  test('an answer still arrives when the response_url is used up', async () => {
    proposed = listed(1);
    slack.next('response_url', { status: 404, body: '{"ok":false,"error":"used_url"}' });
    await work({ kind: 'request', request: { command: 'list', service: 'rng', all: false }, asker: ada() });
    expect(slack.calls).toEqual(['response_url', 'chat.postEphemeral']);
    expect(seen()).toMatchObject([{ to: 'U0ADA00000' }]);
  });

  test('commands of a service outside its channels are turned away', async () => {
    service = { onlyChannels: ['C0OTHER000'] };
    await work(drain());
    expect(seen()).toEqual([
      { to: 'U0ADA00000', lines: ['Commands for rng work in #C0OTHER000 only. Nothing was changed.'] },
    ]);
    expect(asked).toEqual([]);
  });
});

describe('a change', () => {
  test('is one message in the channel, from the start to the result', async () => {
    await work(drain());
    const [message, ...others] = slack.workspace.messages;
    expect(others).toEqual([]);
    expect(message).toMatchObject({ channel: OPS });
    expect(message).not.toHaveProperty('to');
    expect(slack.calls[0]).toBe('chat.postMessage');
    expect(slack.calls.slice(1).every((call) => call === 'chat.update')).toBe(true);
    expect(render(message?.blocks ?? []).lines[0]).toBe(`Drained ${OPERATION.pod.name}`);
  });

  test('is recorded with the message that reports it, under an id that is the same at every delivery', async () => {
    await work(drain());
    expect(asked).toMatchObject([
      {
        request: { ...DRAIN, pod: OPERATION.pod.name },
        asker: { by: 'U0ADA00000', requestId: TRIGGER, report: { channel: OPS } },
        options: { deadline: NOW + 52_000, hasTick: true },
      },
    ]);
    expect(reported).toEqual({ channel: OPS, ts: slack.workspace.messages[0]?.ts });
  });

  test('in a thread stays in the thread', async () => {
    await work(drain(mentioning()));
    expect(seen()).toMatchObject([{ to: OPS, thread: '1796000000.000100' }]);
  });

  test('where the bot is no member goes through the response_url: start and result', async () => {
    await work(drain(ada({ channel: ELSEWHERE })));
    expect(slack.calls).toEqual(['chat.postMessage', 'response_url', 'response_url']);
    expect(seen().map(({ to, lines }) => [to, lines[0]])).toEqual([
      [ELSEWHERE, `Drain ${OPERATION.pod.name}: asked for.`],
      [ELSEWHERE, `Drained ${OPERATION.pod.name}`],
    ]);
    expect(reported).toEqual({ channel: ELSEWHERE });
  });

  test.each([
    ['typed elsewhere is reported in the channel of its service', ELSEWHERE, OPS, OPS],
    ['is reported where it was typed when the bot is not in the channel of its service', OPS, ELSEWHERE, OPS],
    ['typed in the channel of its service is reported there', OPS, OPS, OPS],
  ])('%s', async (_, typedIn, channel, reportedIn) => {
    service = { channel };
    await work(drain(ada({ channel: typedIn })));
    const notice = `Under way: drain ${OPERATION.pod.name}. See #${OPS} for how it goes.`;
    expect(seen().map(({ to, lines }) => [to, lines[0]])).toEqual([
      [reportedIn, `Drained ${OPERATION.pod.name}`],
      ...(typedIn === reportedIn ? [] : [['U0ADA00000', notice]]),
    ]);
    expect(reported?.channel).toBe(reportedIn);
  });

  test('that another delivery has begun, or has carried out, is not told of a second time', async () => {
    for (const kind of ['running', 'repeated'] as const) {
      advanced = { events: [], outcome: { kind, entry: ENTRY } };
      await work(drain());
      proposed = { kind, entry: ENTRY };
      await work(drain());
    }
    expect(seen()).toEqual([]);
  });

  test('whose message was deleted meanwhile still reports its result', async () => {
    slack.next('chat.update', { status: 200, body: '{"ok":false,"error":"message_not_found"}' });
    slack.next('chat.update', { status: 200, body: '{"ok":false,"error":"message_not_found"}' });
    slack.next('chat.update', { status: 200, body: '{"ok":false,"error":"message_not_found"}' });
    advanced = { events: [], outcome: DONE };
    await work(drain());
    expect(seen().at(-1)?.lines[0]).toBe(`Drained ${OPERATION.pod.name}`);
    expect(seen()).toHaveLength(2);
  });

  test('waits as long as Slack asks when it is limited', async () => {
    slack.next('chat.postMessage', { status: 429, headers: { 'retry-after': '0.05' } });
    await work(drain());
    expect(slack.calls.slice(0, 2)).toEqual(['chat.postMessage', 'chat.postMessage']);
    expect(seen()).toHaveLength(1);
  });

  test('does not begin when nobody could be told', async () => {
    slack.next('chat.postMessage', { status: 200, body: '{"ok":false,"error":"account_inactive"}' });
    await work(drain());
    expect(reported).toBeUndefined();
    expect(seen()).toMatchObject([{ to: 'U0ADA00000', lines: [expect.stringContaining('Pitlane broke off')] }]);
  });
});

describe('a plan with warnings', () => {
  beforeEach(() => {
    proposed = { kind: 'proposal', plan: PLAN, why: 'needsConfirmation' };
  });

  test('is carried out once it is confirmed, under the id of the proposal, and the buttons are gone', async () => {
    await work(drain());
    expect(asked).toEqual([]);
    expect(seen()[0]).toMatchObject({
      to: 'U0ADA00000',
      lines: expect.arrayContaining(['[1] Confirm drain', '[2] Cancel']),
    });
    clock += 60_000;
    await work(offered(0));
    expect(asked).toMatchObject([
      {
        asker: { requestId: TRIGGER },
        options: { confirmed: { id: OPERATION.id, pod: OPERATION.pod, fingerprint: PLAN.fingerprint } },
      },
    ]);
    expect(seen()[0]).toEqual({ to: 'U0ADA00000', lines: [`Confirmed: drain ${OPERATION.pod.name}.`] });
    expect(seen()[1]?.lines[0]).toBe(`Drained ${OPERATION.pod.name}`);
    expect(seen()[1]?.lines.join('\n')).toContain('confirmed by @U0ADA00000');
  });

  test('that is cancelled changes nothing, and the buttons are gone', async () => {
    await work(drain());
    await work(offered(1));
    expect(asked).toEqual([]);
    expect(seen()).toEqual([
      { to: 'U0ADA00000', lines: [`Cancelled: drain ${OPERATION.pod.name}. Nothing was changed.`] },
    ]);
  });

  test.each([
    [15 * 60_000, true],
    [15 * 60_000 + 1, false],
  ])('can be confirmed %d ms later: %s', async (ms, isValid) => {
    await work(drain());
    clock += ms;
    await work(offered(0));
    expect(asked).toHaveLength(isValid ? 1 : 0);
    expect(seen()[0]?.lines[0]).toContain(isValid ? 'Confirmed' : 'is older than 15 minutes. Nothing was changed');
  });

  test('can be answered only by who asked', async () => {
    await work(drain());
    const job = offered(0);
    await work({ ...job, asker: { ...job.asker, userId: 'U0MALLORY0' } });
    expect(asked).toEqual([]);
    expect(seen()[0]?.lines[0]).toContain('Only @U0ADA00000');
  });

  test('that has changed since is shown anew instead of being carried out', async () => {
    await work(drain());
    const job = offered(0);
    proposed = { kind: 'proposal', plan: { ...PLAN, fingerprint: 'sha256:other' }, why: 'needsConfirmation' };
    await work(job);
    expect(asked).toEqual([]);
    expect(seen()).toHaveLength(1);
    expect(seen()[0]?.lines[0]).toContain('The plan has changed since it was shown, so nothing was done.');
    expect(seen()[0]?.lines).toContain('[1] Confirm drain');
  });

  test('that changes at the last moment leaves a true word in the channel and the new plan with the asker', async () => {
    await work(drain());
    advanced = { events: [], outcome: { kind: 'proposal', plan: PLAN, why: 'changed' } };
    await work(offered(0));
    expect(seen()[1]).toMatchObject({ to: OPS, lines: [expect.stringContaining('nothing was changed')] });
    expect(seen()[2]).toMatchObject({ to: 'U0ADA00000', lines: expect.arrayContaining(['[1] Confirm drain']) });
  });
});

describe('a picked pod', () => {
  const choice: Outcome = { kind: 'choice', request: DRAIN, message: 'Which one?', candidates: listed(5).members };

  test('is drained with the rest of the request as it was typed', async () => {
    proposed = choice;
    await work(drain());
    const job = offered(0);
    proposed = { kind: 'proposal', plan: QUIET_PLAN, why: 'needsConfirmation' };
    await work(job);
    expect(asked).toMatchObject([{ request: { because: DRAIN.because, pod: OPERATION.pod.name } }]);
  });

  test('that is another one by now is left alone', async () => {
    proposed = choice;
    await work(drain());
    const job = offered(2);
    proposed = { kind: 'proposal', plan: QUIET_PLAN, why: 'needsConfirmation' };
    await work(job);
    expect(asked).toEqual([]);
    expect(seen()[0]?.lines[0]).toContain('The pod that you chose is gone');
  });
});

describe('when pitlane itself breaks', () => {
  test('the asker gets a sentence and a reference that the log line carries', async () => {
    proposed = new Error('connect ECONNREFUSED 10.0.0.1:443 at Socket.<anonymous>');
    await work(drain());
    const reference = referenceOf(TRIGGER);
    expect(seen()).toEqual([
      {
        to: 'U0ADA00000',
        lines: [
          `Pitlane broke off with an error of its own. See with /rng list how things stand. Reference ${reference}.`,
        ],
      },
    ]);
    expect(logged).toMatchObject([{ event: 'failed', operation: reference, service: 'rng', command: 'drain' }]);
  });

  test('a configuration that can not be read is told too', async () => {
    broken = new Error('pitlane.yaml:3:5: services.rng.minRedy is no known key.');
    await work(drain());
    expect(seen()).toMatchObject([{ to: 'U0ADA00000', lines: [expect.stringContaining('Reference')] }]);
    expect(logged).toMatchObject([{ event: 'failed', error: broken }]);
  });

  test('half way, the message in the channel says what is written and how to undo it', async () => {
    advanced = { events: EVENTS.slice(0, 2), outcome: new Error('boom') };
    await work(drain());
    const text = seen()[0]?.lines.join('\n');
    expect(seen()).toHaveLength(1);
    expect(text).toContain(`Draining ${OPERATION.pod.name} failed`);
    expect(text).toContain(`Written: take the label app off ${OPERATION.pod.name}.`);
    expect(text).toContain('kubectl -n dockercoins label pod');
    expect(text).toContain(`reference ${referenceOf(TRIGGER)}`);
    expect(text).not.toContain('boom');
  });

  test('no log line holds a response_url or the token', async () => {
    slack.next('response_url', { status: 500, body: 'no' });
    proposed = new Error('boom');
    const asker = ada();
    await work(drain(asker));
    expect(logged.length).toBeGreaterThan(1);
    const lines = JSON.stringify(logged.map((fields) => ({ ...fields, error: String(fields.error) })));
    expect(lines).not.toContain(asker.responseUrl);
    expect(lines).not.toContain('/response/');
    expect(lines).not.toContain('xoxb');
  });
});
