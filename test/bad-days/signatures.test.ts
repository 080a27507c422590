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

describe('what does not come from Slack, or not now, is refused without a word, and nothing is done', () => {
  test.each([
    ['the signature of another secret', () => signed('another'), 401, 'signature does not match'],
    ['a signature that is none', () => header('x-slack-signature', 'v0=abc'), 401, 'no signature'],
    ['a body that was changed', () => ({ ...signed(SECRET), body: 'Zm9v' }), 401, 'signature does not match'],
    ['no timestamp', () => header('x-slack-request-timestamp', 'yesterday'), 401, 'no timestamp'],
    ['a stale timestamp', () => signed(SECRET, Date.now() - 6 * MINUTES), 401, /^timestamp is 36[01] s old$/],
    [
      'a future timestamp',
      () => signed(SECRET, Date.now() + 6 * MINUTES),
      401,
      /^timestamp is 3(59|60) s in the future$/,
    ],
    ['an empty body', () => garbage('', FORM), 400, 'empty body'],
    ['a body of another type', () => garbage('<x/>', 'text/xml'), 400, 'content type text/xml'],
  ])('%s', async (_, request, status, why) => {
    expect(await rng.deliver(request())).toEqual({ status, you: '', ops: '', wrote: [] });
    expect(rng.logged).toEqual([{ door: 'slack', event: 'refused', status, why: expect.stringMatching(why) }]);
    expect(rng.requests()).toEqual([]);
  });
});

describe('signed garbage is answered, says nothing and does nothing', () => {
  test.each([
    ['JSON that ends too soon', () => garbage('{"type":', JSON_TYPE), 400],
    ['JSON that is no event', () => garbage('[1,2,3]', JSON_TYPE), 200],
    ['JSON that is null', () => garbage('null', JSON_TYPE), 500],
    ['a form with other fields', () => garbage('a=b&c=%00%ff', FORM), 200],
    ['a form that is no form', () => garbage('\u0000\ufffd{{{', FORM), 200],
    ['a payload that is no JSON', () => garbage('payload=%7B', FORM), 400],
    [
      'a payload without actions',
      () => garbage(`payload=${encodeURIComponent('{"type":"block_actions"}')}`, FORM),
      200,
    ],
    ['10 kB of nothing', () => garbage('x'.repeat(10_000), FORM), 200],
  ])('%s', async (_, request, status) => {
    expect(await rng.deliver(request())).toEqual({ status, you: '', ops: '', wrote: [] });
    expect(rng.requests()).toEqual([]);
  });
});

test('a mention that Slack delivers twice is carried out once', async () => {
  const event = () =>
    signedRequest(SECRET, mentionBody('rng list', PLACE, 'Ev0ONCE', Date.now()), Date.now(), JSON_TYPE);
  expect((await rng.deliver(event())).you).toMatch(/^rng: 4 in rotation\n/);
  expect(await rng.deliver(event())).toEqual({ status: 200, you: '', ops: '', wrote: [] });
});

test('a command that Slack delivers twice drains one pod, and reports once', async () => {
  const [trigger, responseUrl] = [rng.slack.workspace.triggerId(), rng.slack.responseUrl(OPS, PLACE.user)];
  const pod = rng.withRealNames('rng-a');
  const drain = () => signedRequest(SECRET, commandBody(`/rng drain ${pod}`, PLACE, trigger, responseUrl), Date.now());
  const first = await rng.deliver(drain());
  expect(first).toMatchObject({ ops: expect.stringMatching(/^Drained rng-a\n/), wrote: ['PATCH rng-a 200'] });
  const again = await rng.deliver(drain());
  expect(again).toEqual({ status: 200, you: '', ops: '', wrote: [] });
});
