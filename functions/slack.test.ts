import type { Context } from 'aws-lambda';
import nock from 'nock';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  ACT,
  actButtons,
  CANCEL_OPERATION,
  CONFIRM,
  cancelButton,
  confirmButtons,
  FORCE,
  forceButton,
} from '../pitlane/chat/blocks/buttons.ts';
import { podMenu } from '../pitlane/chat/blocks/pod-menu.ts';
import { stateOfMessage } from '../pitlane/chat/blocks/state.ts';
import type { Job } from '../pitlane/chat/job.ts';
import { readSignedJob } from '../pitlane/chat/signed-job.ts';
import { PostFailed } from '../pitlane/chat/slack/post.ts';
import type { Operation } from '../pitlane/rotation/plan.ts';
import {
  actionBody,
  commandBody,
  type FunctionUrlEvent,
  mentionBody,
  signedRequest,
} from '../sandbox/slack/deliveries.ts';
import { render } from '../sandbox/slack/terminal.ts';
import { PLAN } from '../test/builders/outcomes.ts';
import type { LogFields } from './log.ts';
import { slackHandler } from './slack.ts';
import type { HttpEvent } from './slack-request.ts';

const SECRET = '8f742231b10e8888abcd99yyyzzz85a5';
const NOW = Date.UTC(2026, 10, 24, 3, 12, 7);
const ADA = { user: 'U0ADA00000', team: 'T0SANDBOX0', channel: 'C0OPS00000' };
const TRIGGER = '13345224609.738474920.8088930838d88f008e0';
const RESPONSE_URL = 'https://hooks.slack.com/commands/T0SANDBOX0/1234567890/secretsecretsecret';
const CONTEXT = { awsRequestId: '8f5a3b4e-7d16-4b3c-9c55-6b1f6f1f0a11' } as Context;

let jobs: Job[];
let logged: { level: string; fields: LogFields }[];
let failing: Error | undefined;
let handler: ReturnType<typeof slackHandler>;

beforeEach(() => {
  // bolt must not call Slack, such as auth.test at each event.
  nock.disableNetConnect();
  jobs = [];
  logged = [];
  failing = undefined;
  handler = slackHandler({
    signingSecrets: () => [SECRET],
    handOver: async (signed) => {
      if (failing) throw failing;
      const read = await readSignedJob(JSON.parse(JSON.stringify(signed)), () => [SECRET], NOW);
      if (read.kind === 'job') jobs.push(read.job);
    },
    log: (level, fields) => logged.push({ level, fields }),
    now: () => NOW,
  });
});

afterEach(() => {
  expect(nock.pendingMocks()).toEqual([]);
  nock.cleanAll();
  nock.enableNetConnect();
});

async function send(event: HttpEvent) {
  const answer = await handler(event, CONTEXT);
  const body = answer.body?.startsWith('{') ? JSON.parse(answer.body) : (answer.body ?? '');
  const shown = body.blocks ? render(body.blocks).lines.join('\n') : '';
  return { status: answer.statusCode, body, shown, state: stateOfMessage(body) };
}

function type(line: string, atMs = NOW): FunctionUrlEvent {
  return signedRequest(SECRET, commandBody(line, ADA, TRIGGER, RESPONSE_URL), atMs);
}

describe('a slash command', () => {
  test('is acknowledged without text and handed to the worker', async () => {
    expect(await send(type('/rng drain b85tm for 30m because 5xx on <checkout>'))).toMatchObject({
      status: 200,
      body: '',
    });
    expect(jobs).toEqual([
      {
        kind: 'request',
        request: {
          command: 'drain',
          service: 'rng',
          pods: ['b85tm'],
          forSeconds: 1800,
          because: '5xx on <checkout>',
          allServices: false,
          dryRun: false,
          force: false,
        },
        asker: {
          userId: 'U0ADA00000',
          name: 'ada',
          teamId: 'T0SANDBOX0',
          channel: 'C0OPS00000',
          isDirectMessage: false,
          requestId: TRIGGER,
          responseUrl: RESPONSE_URL,
          address: '/rng',
        },
      },
    ]);
  });

  test('/pitlane names the service in its first word', async () => {
    await send(type('/pitlane rng list'));
    expect(jobs).toMatchObject([{ request: { command: 'list', service: 'rng' }, asker: { address: '/pitlane rng' } }]);
  });

  test('/pitlane drained covers all services', async () => {
    await send(type('/pitlane drained'));
    await send(type('/rng drained'));
    expect(jobs).toMatchObject([
      { request: { command: 'drained', service: '' }, asker: { address: '/pitlane' } },
      { request: { command: 'drained', service: 'rng' }, asker: { address: '/rng' } },
    ]);
    const { shown, state } = await send(type('/pitlane drained rng'));
    expect(state).toBe('notUnderstood');
    expect(shown).toContain('/pitlane drained');
  });

  test('/pitlane asks for the service if the command comes first', async () => {
    const { shown, state } = await send(type('/pitlane drain because &lt;slow&gt;'));
    expect(state).toBe('notUnderstood');
    expect(shown).toContain('/pitlane SERVICE drain because &lt;slow&gt;');
    expect(jobs).toEqual([]);
  });

  test.each(['/pitlane', '/pitlane help', '/rng', '/rng help', '/rng help drain'])(
    '%s is answered at once with help',
    async (line) => {
      const { status, body, shown, state } = await send(type(line));
      expect({ status, type: body.response_type, state }).toEqual({ status: 200, type: 'ephemeral', state: 'helped' });
      expect(shown).toContain(line.startsWith('/rng') ? '/rng drain' : '/pitlane SERVICE drain');
      expect(jobs).toEqual([]);
    },
  );

  test('that is misspelt is answered at once with what to type instead', async () => {
    const { body, shown, state } = await send(type('/rng drian b85tm'));
    expect({ type: body.response_type, state }).toEqual({ type: 'ephemeral', state: 'notUnderstood' });
    expect(shown).toContain('/rng drain b85tm');
    expect(jobs).toEqual([]);
  });

  test('mentions no person in its answer, whatever was typed', async () => {
    const { body } = await send(type('/rng <!channel>'));
    expect(JSON.stringify(body)).not.toContain('<!channel>');
    expect(JSON.stringify(body)).toContain('channel');
  });

  test('answers that nothing was changed if the worker was not reached', async () => {
    failing = new PostFailed('invoking pitlane-worker was answered 403', false);
    const { status, body, shown, state } = await send(type('/rng drain b85tm'));
    expect({ status, type: body.response_type }).toEqual({ status: 200, type: 'ephemeral' });
    expect(state).toBe('notHandedOver');
    expect(shown).toContain(logged[0]?.fields.reference);
  });

  test('does not claim that nothing was changed if the worker did not answer', async () => {
    failing = new PostFailed('the worker was not reached', true);
    const { shown, state } = await send(type('/rng drain b85tm'));
    expect(state).toBe('handOverUnknown');
    expect(shown).toContain('/rng list');
  });

  test('gets a reference after an internal error, and the log holds neither the secret nor the response_url', async () => {
    failing = new Error('boom');
    const { status, shown } = await send(type('/rng list'));
    expect(status).toBe(200);
    expect(shown).toContain(logged[0]?.fields.reference);
    expect(shown).not.toContain('boom');
    expect(JSON.stringify(logged)).not.toContain(RESPONSE_URL);
    expect(JSON.stringify(logged)).not.toContain(SECRET);
  });
});

describe('a request', () => {
  const unsigned = { version: '2.0', rawPath: '/', isBase64Encoded: false };
  const garbled = type('/rng list');
  const bad: Record<string, HttpEvent> = {
    'an unsigned request': { ...garbled, headers: { 'content-type': garbled.headers['content-type'] } },
    'a request without headers': { ...unsigned, body: 'garbage' },
    'a request with null headers': { ...unsigned, headers: null, body: null },
    'an unsigned empty body': { ...unsigned, headers: { 'content-type': 'application/json' } },
    'unsigned garbage that claims to be JSON': {
      ...unsigned,
      headers: { 'content-type': 'application/json' },
      body: '{',
    },
    'an unsigned ssl_check': {
      ...unsigned,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'ssl_check=1',
    },
    'a signature of another secret': signedRequest('other', commandBody('/rng list', ADA, TRIGGER, RESPONSE_URL), NOW),
    'a changed body': { ...garbled, body: Buffer.from('command=/rng&text=drain').toString('base64') },
    'a request from 5 minutes and a second ago': type('/rng list', NOW - 301_000),
    'a request from 5 minutes and a second ahead': type('/rng list', NOW + 301_000),
    'a request from an hour ahead': type('/rng list', NOW + 3_600_000),
    'a signature of another version': {
      ...garbled,
      headers: { ...garbled.headers, 'x-slack-signature': 'v1=abc' },
    },
    'a timestamp that is not a number': {
      ...garbled,
      headers: { ...garbled.headers, 'x-slack-request-timestamp': 'now' },
    },
  };

  test.each(Object.entries(bad))('is refused and ignored: %s', async (_, event) => {
    expect(await send(event)).toEqual({ status: 401, body: '', shown: '', state: undefined });
    expect(jobs).toEqual([]);
    expect(logged).toMatchObject([{ level: 'warn', fields: { event: 'refused', status: 401 } }]);
  });

  test('is accepted with a secret that was stored a moment ago, and with the old one beside it', async () => {
    let stored = ['old'];
    let reads = 0;
    const rotating = slackHandler({
      signingSecrets: (refused) => {
        reads += refused === undefined ? 0 : 1;
        return refused === undefined ? stored : [SECRET, 'old'];
      },
      handOver: async () => {},
      log: () => {},
      now: () => NOW,
    });
    const signedWith = (secret: string) =>
      rotating(signedRequest(secret, commandBody('/rng list', ADA, TRIGGER, RESPONSE_URL), NOW), CONTEXT);
    expect(await signedWith('old')).toMatchObject({ statusCode: 200 });
    expect(reads).toBe(0);
    expect(await signedWith(SECRET)).toMatchObject({ statusCode: 200 });
    expect(reads).toBe(1);
    stored = [SECRET, 'old'];
    expect(await signedWith('old')).toMatchObject({ statusCode: 200 });
    expect(reads).toBe(1);
    expect(await signedWith('foreign')).toMatchObject({ statusCode: 401 });
  });

  test('costs no read of the secrets if it has no signature', async () => {
    const secrets = vi.fn(() => [SECRET]);
    const door = slackHandler({ signingSecrets: secrets, handOver: async () => {}, log: () => {}, now: () => NOW });
    expect(await door(unsigned, CONTEXT)).toMatchObject({ statusCode: 401 });
    expect(secrets).not.toHaveBeenCalled();
  });

  test.each([-300_000, 0, 300_000])('is accepted if the clocks differ by %d ms', async (ms) => {
    expect(await send(type('/rng list', NOW + ms))).toMatchObject({ status: 200 });
    expect(jobs).toHaveLength(1);
  });

  test.each([
    ['an empty body', '', 'application/json'],
    ['an empty form', '', 'application/x-www-form-urlencoded'],
    ['a body that is not JSON', '{"type":', 'application/json'],
    ['a body of another type', '<x/>', 'application/xml'],
  ])('is refused even if it is signed: %s', async (_, body, contentType) => {
    expect(await send(signedRequest(SECRET, body, NOW, contentType))).toMatchObject({ status: 400 });
  });

  test('may name a charset in its content type', async () => {
    const body = commandBody('/rng list', ADA, TRIGGER, RESPONSE_URL);
    const event = signedRequest(SECRET, body, NOW, 'application/x-www-form-urlencoded; charset=utf-8');
    expect(await send(event)).toMatchObject({ status: 200 });
    expect(jobs).toHaveLength(1);
  });

  test('may write its header names in any case', async () => {
    const event = type('/rng list');
    const headers = Object.fromEntries(Object.entries(event.headers).map(([key, value]) => [key.toUpperCase(), value]));
    expect(await send({ ...event, headers })).toMatchObject({ status: 200 });
    expect(jobs).toHaveLength(1);
  });

  test('of Slack to verify the URL is answered with its challenge', async () => {
    const body = JSON.stringify({ type: 'url_verification', challenge: '3eZbrw1aB10qL', token: 'x' });
    const event = signedRequest(SECRET, body, NOW, 'application/json');
    expect(await send(event)).toMatchObject({ status: 200, body: { challenge: '3eZbrw1aB10qL' } });
  });

  test('that Pitlane does not use is acknowledged with an empty body, not with a 404', async () => {
    const payload = JSON.stringify({ type: 'shortcut', callback_id: 'x', user: { id: 'U1' }, team: { id: 'T1' } });
    const event = signedRequest(SECRET, new URLSearchParams({ payload }).toString(), NOW);
    expect(await send(event)).toMatchObject({ status: 200, body: '' });
  });
});

describe('a mention', () => {
  const mention = (text: string, atMs = NOW, id = 'Ev0PV52K25') =>
    signedRequest(
      SECRET,
      mentionBody(text, { ...ADA, thread: '1796000000.000100' }, id, atMs),
      NOW,
      'application/json',
    );

  test('works in a thread', async () => {
    expect(await send(mention('rng drain b85tm'))).toMatchObject({ status: 200 });
    expect(jobs).toMatchObject([
      {
        kind: 'request',
        request: { command: 'drain', service: 'rng', pods: ['b85tm'] },
        asker: { thread: '1796000000.000100', requestId: 'Ev0PV52K25', address: '@pitlane rng' },
      },
    ]);
  });

  test('with drained alone covers all services', async () => {
    await send(mention('drained'));
    expect(jobs).toMatchObject([{ request: { command: 'drained', service: '' }, asker: { address: '@pitlane' } }]);
  });

  test('may have characters beyond ASCII in a base64 body', async () => {
    const event = mention('rng drain b85tm because “zu langsam” für Zoë');
    const encoded = { ...event, body: Buffer.from(event.body).toString('base64'), isBase64Encoded: true };
    expect(await send(encoded)).toMatchObject({ status: 200 });
    expect(jobs).toMatchObject([{ request: { because: expect.stringContaining('für Zoë') } }]);
  });

  test('that is delivered twice is handed over once', async () => {
    await send(mention('rng drain b85tm'));
    await send(mention('rng drain b85tm'));
    expect(jobs).toHaveLength(1);
  });

  test('that is not handed over is answered with 500, so that Slack delivers it again', async () => {
    failing = new PostFailed('no', false);
    expect(await send(mention('rng list'))).toMatchObject({ status: 500 });
    failing = undefined;
    expect(await send(mention('rng list'))).toMatchObject({ status: 200 });
    expect(jobs).toHaveLength(1);
  });

  test('that is misspelt or late is answered by the worker and not carried out', async () => {
    await send(mention('rng drian b85tm'));
    await send(mention('rng drain b85tm', NOW - 300_000, 'Ev2'));
    expect(jobs).toMatchObject([
      { kind: 'tell', outcome: { kind: 'notUnderstood', instead: ['drain b85tm'] } },
      { kind: 'tell', outcome: { kind: 'notUnderstood', instead: ['@pitlane rng drain b85tm'] } },
    ]);
  });

  test('by a bot is ignored', async () => {
    const body = JSON.parse(mention('rng list').body);
    body.event.bot_id = 'B0OTHER000';
    expect(await send(signedRequest(SECRET, JSON.stringify(body), NOW, 'application/json'))).toMatchObject({
      status: 200,
    });
    expect(jobs).toEqual([]);
  });
});

describe('a button', () => {
  const pod = { name: 'rng-7c5d9f8b6-b85tm', uid: '0c9f3c1e-5a0e-4a55-8c5e-7f4f0a9c1b22' };
  const request = {
    command: 'drain',
    service: 'rng',
    pods: [pod.name],
    because: '5xx & "<timeouts>"',
    allServices: false,
    dryRun: false,
    force: false,
  };
  const operation: Operation = {
    id: 'op-1',
    request,
    subject: { kind: 'pods', pods: [pod] },
    by: 'U0ADA00000',
    at: NOW,
  };
  const asked = { at: NOW - 60_000, requestId: '1.2.proposed', address: '/pitlane rng' };
  const offer = { by: 'U0ADA00000', at: NOW - 60_000, requestId: '1.2.proposed' };
  const confirm = () => confirmButtons({ ...PLAN, operation, fingerprint: 'sha256:4be1' }, asked);
  const press = (blocks: Parameters<typeof render>[0], index: number) => {
    const pressed = render(blocks).pressables[index];
    if (pressed === undefined) throw new Error('no such button');
    return signedRequest(SECRET, actionBody(pressed, ADA, TRIGGER, RESPONSE_URL, '1796000000.000200'), NOW);
  };

  test.each([
    [0, 'confirm'],
    [1, 'cancel'],
  ])('number %d becomes a job to %s, with its offer', async (index, kind) => {
    const block = confirm();
    expect(await send(press(block === undefined ? [] : [block], index))).toMatchObject({ status: 200, body: '' });
    const { address, requestId } = asked;
    expect(jobs).toMatchObject([
      {
        kind,
        request,
        pod,
        offer: { ...offer, fingerprint: 'sha256:4be1' },
        asker: { responseUrl: RESPONSE_URL, userId: 'U0ADA00000', address, requestId },
      },
    ]);
  });

  test('to force a refusal becomes a job with the codes of the findings', async () => {
    const check = { code: 'TooFew', level: 'refusal', message: 'rng must keep 2 & more.', isForceable: true } as const;
    const block = forceButton({ kind: 'refusal', operation, checks: [check], isForceable: true }, asked, check.message);
    await send(press(block === undefined ? [] : [block], 0));
    expect(jobs).toMatchObject([
      {
        kind: 'force',
        request: { pods: [pod.name], force: true },
        pod,
        offer: { ...offer, codes: ['TooFew'] },
        asker: { address: '/pitlane rng', requestId: 'forced 1.2.proposed' },
      },
    ]);
  });

  test.each([
    [0, { command: 'extend', forSeconds: 3600 }],
    [1, { command: 'restore' }],
    [2, { command: 'finish' }],
  ])('number %d of a reminder becomes a job with its request and the text of the reminder', async (index, request) => {
    const shown = {
      text: 'still drained',
      blocks: [actButtons('rng', pod, '/rng')],
      thread: '1.2',
    };
    const pressed = render(shown.blocks).pressables[index];
    if (pressed === undefined) throw new Error('no such button');
    await send(signedRequest(SECRET, actionBody(pressed, ADA, TRIGGER, RESPONSE_URL, '1.3', shown), NOW));
    expect(jobs).toMatchObject([
      {
        kind: 'act',
        request: { ...request, service: 'rng', pods: [pod.name], force: false },
        pod,
        reminder: { ts: '1.3', text: shown.text, blocks: shown.blocks },
        asker: { thread: '1.2', address: '/rng' },
      },
    ]);
  });

  test('to cancel an operation becomes the cancel command', async () => {
    const block = cancelButton(
      { service: 'rng', id: '0d3f1c', address: '/rng' },
      { command: 'drain', pod: 'rng-b85tm' },
    );
    await send(press(block ? [block] : [], 0));
    expect(jobs).toMatchObject([
      {
        kind: 'request',
        request: { command: 'cancel', service: 'rng', operation: '0d3f1c' },
        asker: { address: '/rng' },
      },
    ]);
  });

  test('of a menu becomes a job with the whole request, odd characters included', async () => {
    const asking = { ...request, because: 'slow 🐢 & <b>'.repeat(8) };
    const menu = podMenu(asking, '@pitlane rng', [
      { pod: { name: 'rng-a', uid: 'u-a' }, text: 'rng-a' },
      { pod: pod, text: 'rng-b85tm' },
    ]);
    await send(press(menu === undefined ? [] : [menu], 1));
    expect(jobs).toMatchObject([{ kind: 'choose', request: asking, pod, asker: { address: '@pitlane rng' } }]);
  });

  test.each([CONFIRM, FORCE, `${ACT}:restore`, CANCEL_OPERATION])(
    'of another version is answered and changes nothing: %s',
    async (actionId) => {
      const said = nock('https://hooks.slack.com')
        .post(/.*/, /pitlane\.state:notUnderstood/)
        .reply(200, 'ok');
      const pressed = { label: '', actionId, blockId: '', value: '{"v":9}', isOption: false };
      await send(signedRequest(SECRET, actionBody(pressed, ADA, TRIGGER, RESPONSE_URL, '1'), NOW));
      expect(said.isDone()).toBe(true);
      expect(jobs).toEqual([]);
    },
  );

  test('that is not handed over is answered through its response_url', async () => {
    failing = new PostFailed('no', false);
    const said = nock('https://hooks.slack.com')
      .post(/.*/, /pitlane\.state:notHandedOver/)
      .reply(200, 'ok');
    const block = confirm();
    expect(await send(press(block === undefined ? [] : [block], 0))).toMatchObject({ status: 200 });
    expect(said.isDone()).toBe(true);
  });
});
