import nock from 'nock';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SlackRefused, slackApi } from './api.ts';

const HOOK = 'https://hooks.slack.com/commands/T0SANDBOX0/1234567890/secretsecretsecret';

beforeEach(() => {
  nock.disableNetConnect();
});
afterEach(() => {
  expect(nock.pendingMocks()).toEqual([]);
  nock.cleanAll();
  nock.enableNetConnect();
});

const slack = (leftMs = 300_000) =>
  slackApi({ token: () => 'xoxb-1', apiUrl: 'https://slack.com/api/', deadline: Date.now() + leftMs, now: Date.now });
const api = () => nock('https://slack.com', { reqheaders: { authorization: 'Bearer xoxb-1' } });
const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => 'it worked',
    (error: unknown) => error,
  );

test('sends JSON with the token and returns the answer of Slack', async () => {
  api()
    .post('/api/chat.postMessage', (body) => body.channel === 'C1' && body.text === 'für Zoë')
    .reply(200, { ok: true, ts: '1.2' });
  expect(await slack().call('chat.postMessage', { channel: 'C1', text: 'für Zoë' })).toEqual({ ok: true, ts: '1.2' });
});

test.each(['chat.postMessage', 'chat.postEphemeral', 'chat.update'])(
  'asks Slack in %s to make no mentions and links of plain text',
  async (method) => {
    api()
      .post(`/api/${method}`, (body) => body.parse === 'none' && body.link_names === false)
      .reply(200, { ok: true });
    await slack().call(method, { channel: 'C1', text: '@channel https://evil.example' });
  },
);

test('sends a form to the methods that accept nothing else', async () => {
  nock('https://slack.com', { reqheaders: { 'content-type': 'application/x-www-form-urlencoded' } })
    .post('/api/users.info', 'user=U0ADA00000')
    .reply(200, { ok: true, user: {} });
  expect(await slack().call('users.info', { user: 'U0ADA00000' })).toEqual({ ok: true, user: {} });
});

test.each(['invalid_auth', 'token_revoked'])('a token that Slack refuses with %s is replaced, once', async (error) => {
  const tokens = ['xoxb-1', 'xoxb-2'];
  const token = (refused?: string) => (refused === undefined ? tokens[0] : tokens[tokens.indexOf(refused) + 1]) ?? '';
  const rotated = slackApi({ token, apiUrl: 'https://slack.com/api/', deadline: Date.now() + 300_000, now: Date.now });
  const withToken = (bearer: string) =>
    nock('https://slack.com', { reqheaders: { authorization: `Bearer ${bearer}` } });
  api().post('/api/chat.postMessage').reply(200, { ok: false, error });
  withToken('xoxb-2').post('/api/chat.postMessage').reply(200, { ok: true, ts: '1.2' });
  expect(await rotated.call('chat.postMessage', { channel: 'C1' })).toEqual({ ok: true, ts: '1.2' });

  api().post('/api/chat.postMessage').reply(200, { ok: false, error });
  withToken('xoxb-2').post('/api/chat.postMessage').reply(200, { ok: false, error });
  expect(await failure(rotated.call('chat.postMessage', { channel: 'C1' }))).toMatchObject({ code: error });

  // There is no other token.
  api().post('/api/chat.postMessage').reply(200, { ok: false, error });
  expect(await failure(slack().call('chat.postMessage', { channel: 'C1' }))).toMatchObject({ code: error });
});

test('rejects with the error code of Slack', async () => {
  api().post('/api/chat.postMessage').reply(200, { ok: false, error: 'not_in_channel' });
  const error = await failure(slack().call('chat.postMessage', { channel: 'C1' }));
  expect(error).toBeInstanceOf(SlackRefused);
  expect(error).toMatchObject({ code: 'not_in_channel' });
});

test('waits as long as Retry-After says, but not beyond the deadline', async () => {
  api().post('/api/chat.update').reply(429, '', { 'retry-after': '0.02' });
  api().post('/api/chat.update').reply(200, { ok: true });
  expect(await slack().call('chat.update', {})).toEqual({ ok: true });

  api().post('/api/chat.update').reply(429, '{"ok":false,"error":"ratelimited"}', { 'retry-after': '3600' });
  expect(await failure(slack().call('chat.update', {}))).toMatchObject({ code: 'ratelimited' });
});

test('retries an edit after a server error', async () => {
  api().post('/api/chat.update').reply(503, 'upstream');
  api().post('/api/chat.update').reply(200, { ok: true });
  expect(await slack().call('chat.update', {})).toEqual({ ok: true });
});

test('does not retry a post that may have arrived', async () => {
  api().post('/api/chat.postMessage').reply(503, 'upstream');
  expect(await failure(slack().call('chat.postMessage', {}))).toMatchObject({ code: 'status 503' });
});

test('keeps the response_url out of its errors', async () => {
  nock('https://hooks.slack.com').post(/.*/).reply(404, '{"ok":false,"error":"used_url"}');
  expect(await failure(slack().respond(HOOK, { text: 'x' }))).toMatchObject({ code: 'used_url' });

  nock('https://hooks.slack.com').post(/.*/).reply(500, `<html>${HOOK}</html>`);
  const refused = await failure(slack().respond(HOOK, { text: 'x' }));
  nock('https://hooks.slack.com')
    .post(/.*/)
    .replyWithError(Object.assign(new Error('reset'), { code: 'ECONNRESET' }));
  const broken = await failure(slack().respond(HOOK, { text: 'x' }));
  for (const error of [refused, broken]) expect(`${error} ${(error as Error).cause}`).not.toContain('secretsecret');
});

test('makes no call after the deadline', async () => {
  expect(String(await failure(slack(-1).call('chat.update', {})))).toBe('Error: no time left for chat.update');
});

test('sends a file to the upload URL without the token', async () => {
  const url = 'https://files.slack.com/upload/v1/abc';
  const upload = () =>
    nock('https://files.slack.com', { badheaders: ['authorization'] }).post('/upload/v1/abc', 'für Zoë');
  upload().reply(500);
  upload().reply(200, 'OK - 9');
  await slack().upload(url, 'für Zoë');
  upload().reply(404);
  expect(await failure(slack().upload(url, 'für Zoë'))).toMatchObject({ code: 'status 404' });
});
