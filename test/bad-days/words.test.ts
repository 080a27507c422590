import { describe, expect, test } from 'vitest';
import { DRAIN } from '../../pitlane/rotation/marks.ts';
import { mentionBody, signedRequest } from '../../sandbox/slack/deliveries.ts';
import { GoldenFile } from '../golden.ts';
import { OPS, RngInSlack, SECRET } from './rng-in-slack.ts';

const rng = new RngInSlack();
const golden = new GoldenFile(import.meta.url);
const LONG = 'x'.repeat(10_000);

describe('tells the caller alone what to type instead', () => {
  test.each([
    ['an unknown command', '/rng drian rng-a'],
    ['a command of another tool', '/rng cordon rng-a'],
    ['a command that resembles none', '/rng frobnicate'],
    ['too many words', '/rng drain rng-a “5xx on checkout”'],
    ['an unknown flag', '/rng drain rng-a —forec'],
    ['a duration without a unit', '/rng drain rng-a for 3x'],
    ['a reason without words', '/rng drain rng-a because'],
    ['a selector that ends too soon', '/rng list -l “app in (rng”'],
    ['a selector with an unknown operator', '/rng list -l app=>x'],
    ['a pod name with markup', '/rng drain <!channel>'],
    ['a pod name with an ampersand', '/rng drain a&b'],
    ['an HTML entity', '/rng drain a&lt;b'],
    ['too little of a pod name', '/rng drain ab'],
    ['a container with markup', '/rng logs rng-a -c <b>'],
    ['a pod name of 10 kB', `/rng drain ${LONG}`],
    ['a selector of 10 kB', `/rng list -l ${LONG}`],
    ['a service of 10 kB', `/pitlane ${LONG} list`],
    ['a reason of 3 kB', `/rng drain rng-a because ${'y'.repeat(3_000)}`],
    ['a service that is not configured', '/xyz list'],
    ['a misspelt service', '/pitlane rngg list'],
    ['a service with markup', '/pitlane <!channel> list'],
    ['a list of a service that the cluster does not have', '/rgn list'],
    ['a drain of a service that the cluster does not have', '/rgn drain rng-a'],
  ])('after %s', async (_, line) => {
    const { states, wrote, text } = await rng.type(line);
    expect({ states, wrote }).toEqual({ states: ['you notUnderstood'], wrote: [] });
    golden.expect(text);
    expect(rng.changedPods()).toEqual([]);
  });

  test('that a delivery came too late, and does nothing', async () => {
    const place = { user: 'U0ADA00000', team: 'T0SANDBOX0', channel: OPS };
    const body = mentionBody(`rng drain ${LONG}`, place, 'Ev0LATE', Date.now() - 300_000);
    const { status, states, wrote, text } = await rng.deliver(
      signedRequest(SECRET, body, Date.now(), 'application/json'),
    );
    expect({ status, states, wrote }).toEqual({ status: 200, states: ['you notUnderstood'], wrote: [] });
    golden.expect(text);
  });
});

test.each(['/rng', '/rng   ', '/rng help', '/pitlane', '/pitlane help'])('answers "%s" with help', async (line) => {
  const { states, you, wrote } = await rng.type(line);
  expect({ states, wrote }).toEqual({ states: ['you helped'], wrote: [] });
  expect(you).toContain(line.startsWith('/rng') ? '/rng drain [pods ' : '/pitlane SERVICE drain');
});

describe('understands a phone', () => {
  test('that writes —force and curly quotes', async () => {
    rng.config = { policy: { ...rng.policy, minReady: 4 } };
    const { states, wrote, text } = await rng.type('/rng drain rng-a —force because “it’s slow”');
    expect({ states, wrote }).toEqual({ states: ['ops done'], wrote: ['PATCH rng-a 200'] });
    golden.expect(text);
    expect(JSON.parse(rng.marks('rng-a').annotations[DRAIN] ?? '')).toMatchObject({ because: 'it’s slow' });
  });

  test('that writes —dry–run, and changes nothing', async () => {
    const { states, wrote, text } = await rng.type('/rng drain rng-a —dry–run');
    expect({ states, wrote }).toEqual({ states: ['you dryRun'], wrote: [] });
    golden.expect(text);
    expect(rng.changedPods()).toEqual([]);
  });

  test('that writes capitals, and a selector in curly quotes', async () => {
    const { states, text } = await rng.type('/pitlane RNG List -l “app in (rng)”');
    expect(states).toEqual(['you listed']);
    golden.expect(text);
  });
});

test('keeps and shows a reason with markup as it was typed', async () => {
  const because = '<!channel> a&b &lt; *bold* <http://x|y>';
  const { ops } = await rng.type(`/rng drain rng-a because ${because}`);
  expect(JSON.parse(rng.marks('rng-a').annotations[DRAIN] ?? '')).toMatchObject({ because });
  const list = await rng.type('/rng list');
  const refusal = await rng.type('/rng drain rng-a');
  for (const text of [ops, list.you, refusal.you]) expect(text).toContain(`because ${because}`);
});

describe('a runbook', () => {
  test.each([
    ['an unknown pod', { command: 'inspect', pod: 'nosuchpod' }],
    ['a service that the cluster does not have', { command: 'list', service: 'rgn' }],
    ['a service that is not configured', { command: 'list', service: 'x' }],
  ])('is answered notUnderstood for %s', async (_, event) => {
    const { ok, outcome, message } = await rng.runbook(event);
    expect({ ok, outcome }).toEqual({ ok: false, outcome: 'notUnderstood' });
    golden.expect(message);
  });
});

describe('the command line', () => {
  test.each([
    [0, ['rng', 'list', '-l', 'app=none']],
    [0, ['rng', 'drain', 'rng-a', '--dry-run']],
    [2, ['rng', 'drian', 'rng-a']],
    [2, ['rng', 'list', '-l', 'app=>x']],
    [2, ['rng', 'drain', 'nosuch']],
    [2, ['rgn', 'list']],
    [2, ['rgn', 'drain', 'rng-a']],
  ])('ends with %d after %j', async (code, args) => {
    const { code: ended, printed } = await rng.cli(...args);
    expect(ended).toBe(code);
    golden.expect(printed);
    expect(rng.changedPods()).toEqual([]);
  });
});
