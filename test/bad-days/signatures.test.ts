import { beforeEach, describe, expect, test } from 'vitest';
import { commandBody, mentionBody, signedRequest } from '../../sandbox/slack/deliveries.ts';
import { OPS, RngInSlack, SECRET } from './rng-in-slack.ts';

const rng = new RngInSlack();
const PLACE = { user: 'U0ADA00000', team: 'T0SANDBOX0', channel: OPS };
const FORM = 'application/x-www-form-urlencoded';
const JSON_TYPE = 'application/json';
const MINUTES = 60_000;

/** A drain as Slack would deliver it. */
const body = () =>
  commandBody('/rng drain rng', PLACE, rng.slack.workspace.triggerId(), rng.slack.responseUrl(OPS, PLACE.user));
const signed = (secret: string, atMs = Date.now()) => signedRequest(secret, body(), atMs);
const garbage = (text: string, contentType: string) => signedRequest(SECRET, text, Date.now(), contentType);
const header = (name: string, value: string) => {
  const request = signed(SECRET);
  return { ...request, headers: { ...request.headers, [name]: value } };
};

beforeEach(() => rng.cluster.requests.clear());

describe('refuses a delivery without an answer', () => {
  test.each([
    ['with the signature of another secret', () => signed('another'), 401, 'signature does not match'],
    ['with a malformed signature', () => header('x-slack-signature', 'v0=abc'), 401, 'no signature'],
    ['whose body was changed', () => ({ ...signed(SECRET), body: 'Zm9v' }), 401, 'signature does not match'],
    ['without a timestamp', () => header('x-slack-request-timestamp', 'yesterday'), 401, 'no timestamp'],
    ['with an old timestamp', () => signed(SECRET, Date.now() - 6 * MINUTES), 401, 'timestamp is 360 s old'],
    [
      'with a timestamp in the future',
      () => signed(SECRET, Date.now() + 6 * MINUTES),
      401,
      'timestamp is 360 s in the future',
    ],
    ['with an empty body', () => garbage('', FORM), 400, 'empty body'],
    ['with a body of another type', () => garbage('<x/>', 'text/xml'), 400, 'content type text/xml'],
  ])('%s', async (_, request, status, why) => {
    expect(await rng.deliver(request())).toMatchObject({ status, states: [], wrote: [] });
    expect(rng.logged).toEqual([{ door: 'slack', event: 'refused', status, why: expect.stringContaining(why) }]);
    expect(rng.requests()).toEqual([]);
  });
});

describe('does nothing after a signed delivery', () => {
  test.each([
    ['of truncated JSON', () => garbage('{"type":', JSON_TYPE), 400],
    ['of JSON that is not an event', () => garbage('[1,2,3]', JSON_TYPE), 200],
    ['of JSON null', () => garbage('null', JSON_TYPE), 500],
    ['of a form with other fields', () => garbage('a=b&c=%00%ff', FORM), 200],
    ['of binary data', () => garbage('\u0000\ufffd{{{', FORM), 200],
    ['of a payload that is not JSON', () => garbage('payload=%7B', FORM), 400],
    [
      'of a payload without actions',
      () => garbage(`payload=${encodeURIComponent('{"type":"block_actions"}')}`, FORM),
      200,
    ],
    ['of 10 kB', () => garbage('x'.repeat(10_000), FORM), 200],
  ])('%s', async (_, request, status) => {
    expect(await rng.deliver(request())).toMatchObject({ status, states: [], wrote: [] });
    expect(rng.requests()).toEqual([]);
  });
});

test('carries out a mention once that Slack delivers twice', async () => {
  const event = () =>
    signedRequest(SECRET, mentionBody('rng list', PLACE, 'Ev0ONCE', Date.now()), Date.now(), JSON_TYPE);
  expect((await rng.deliver(event())).states).toEqual(['you listed']);
  expect(await rng.deliver(event())).toMatchObject({ status: 200, states: [], wrote: [] });
});

test('carries out and reports a command once that Slack delivers twice', async () => {
  const [trigger, responseUrl] = [rng.slack.workspace.triggerId(), rng.slack.responseUrl(OPS, PLACE.user)];
  const pod = rng.withRealNames('rng-a');
  const drain = () => signedRequest(SECRET, commandBody(`/rng drain ${pod}`, PLACE, trigger, responseUrl), Date.now());
  expect(await rng.deliver(drain())).toMatchObject({ states: ['ops done'], wrote: ['PATCH rng-a 200'] });
  expect(await rng.deliver(drain())).toMatchObject({ status: 200, states: [], wrote: [] });
});
