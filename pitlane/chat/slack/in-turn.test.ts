import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { startFakeSlack } from '../../../sandbox/slack/server.ts';
import { during, startVirtualTime, stopVirtualTime } from '../../../test/virtual-time.ts';
import { type SlackApi, SlackRefused, slackApi } from './api.ts';
import { inTurn } from './in-turn.ts';

let startedAt: number;
/** Seconds since the start, with the method and channel of each call. */
let calls: string[];
let refusal: (method: string) => Error | undefined;

beforeAll(() => startVirtualTime());
afterAll(stopVirtualTime);
beforeEach(() => {
  startedAt = Date.now();
  calls = [];
  refusal = () => undefined;
});

function queued(leftMs = 60_000, tookMs = 0): SlackApi {
  const call: SlackApi['call'] = async (method, { channel, channel_id }) => {
    calls.push(`${(Date.now() - startedAt) / 1000} ${method} ${channel ?? channel_id ?? ''}`.trim());
    if (tookMs > 0) await wait(tookMs);
    const refused = refusal(method);
    if (refused !== undefined) throw refused;
    return { ok: true };
  };
  const api: SlackApi = { call, respond: async () => {}, upload: async () => {} };
  return inTurn(api, { now: Date.now, deadline: startedAt + leftMs });
}

const settled = (work: readonly Promise<unknown>[]) => during(Promise.allSettled(work));

test('posts once a second to each channel, in the order of the calls', async () => {
  const slack = queued();
  await settled([
    slack.call('chat.postMessage', { channel: 'A' }),
    slack.call('chat.postMessage', { channel: 'A' }),
    slack.call('files.completeUploadExternal', { channel_id: 'A' }),
    slack.call('chat.postMessage', { channel: 'B' }),
  ]);
  expect(calls.sort()).toEqual([
    '0 chat.postMessage A',
    '0 chat.postMessage B',
    '1 chat.postMessage A',
    '2 files.completeUploadExternal A',
  ]);
});

test('edits wait for what was called before, but for no second of their own', async () => {
  const slack = queued(60_000, 100);
  await settled(
    ['chat.postMessage', 'chat.update', 'chat.update'].map((method) => slack.call(method, { channel: 'A' })),
  );
  expect(calls).toEqual(['0 chat.postMessage A', '0.1 chat.update A', '0.2 chat.update A']);
});

test('lookups do not wait', async () => {
  const slack = queued(60_000, 500);
  await settled([slack.call('chat.postMessage', { channel: 'A' }), slack.call('users.info', { user: 'U' })]);
  expect(calls.sort()).toEqual(['0 chat.postMessage A', '0 users.info']);
});

test('waits for each Retry-After until the deadline, however many there are', async () => {
  const answers = [...Array(6).fill({ status: 429, headers: { 'retry-after': '5' } }), undefined];
  const server = await startFakeSlack({ token: 'xoxb-1', joined: ['C1'] });
  server.intercept = () => answers.shift();
  const deadline = startedAt + 60_000;
  const api = slackApi({ token: () => 'xoxb-1', apiUrl: server.apiUrl, deadline, now: Date.now });
  const slack = inTurn(api, { now: Date.now, deadline });
  const posts = ['first', 'second'].map((text) => slack.call('chat.postMessage', { channel: 'C1', text }));
  expect((await settled(posts)).map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled']);
  expect(server.workspace.messages.map(({ text }) => text)).toEqual(['first', 'second']);
  expect(Date.now() - startedAt).toBeGreaterThanOrEqual(30_000);
  await during(server.close());
});

test('what does not fit before the deadline fails without a call', async () => {
  const slack = queued(2_500);
  const results = await settled([1, 2, 3, 4, 5].map(() => slack.call('chat.postMessage', { channel: 'A' })));
  expect(calls).toHaveLength(3);
  expect(results.map(({ status }) => status)).toEqual([
    ...['fulfilled', 'fulfilled', 'fulfilled'],
    ...['rejected', 'rejected'],
  ]);
});

test('a refused message does not keep the next ones from their turn', async () => {
  refusal = () => (calls.length === 1 ? new SlackRefused('chat.postMessage', 'msg_too_long') : undefined);
  const slack = queued();
  const results = await settled([1, 2].map(() => slack.call('chat.postMessage', { channel: 'A' })));
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
});

test('a rate limit beyond the deadline ends the posts to that channel, and no edits', async () => {
  refusal = (method) => (method === 'chat.postMessage' ? new SlackRefused(method, 'ratelimited') : undefined);
  const slack = queued();
  await settled([
    ...[1, 2, 3].map(() => slack.call('chat.postMessage', { channel: 'A' })),
    slack.call('chat.update', { channel: 'A' }),
  ]);
  expect(calls).toEqual(['0 chat.postMessage A', '0 chat.update A']);
});
