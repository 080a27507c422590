import { beforeEach, describe, expect, test } from 'vitest';
import { mentionBody, signedRequest } from '../../sandbox/slack/deliveries.ts';
import { SECRET } from '../bad-days/rng-in-slack.ts';
import { HOUR_MS, MINUTE_MS, RngWithTick } from './rng-with-tick.ts';

const rng = new RngWithTick();
/** The bot is no member there. */
const ELSEWHERE = 'C0ELSE0000';
const ADA = 'D0ADA00000';

const headings = (news: readonly string[]) => news.map((message) => message.split('\n')[0]);
const STILL = '@U0ADA00000: rng-a is still drained from rng, and its time was up TIME.';
const ended = () => rng.logged.filter(({ door, event }) => door === 'tick' && event === 'announce');

describe('drained where the bot is no member', () => {
  beforeEach(async () => {
    await rng.type('/rng drain rng-a', ELSEWHERE);
    rng.news();
  });

  test('the person is reminded directly, and the next reminder spends the buttons of the last', async () => {
    expect(headings((await rng.ticked(HOUR_MS)).news)).toEqual([`${ADA}: ${STILL}`]);
    expect(headings((await rng.ticked(HOUR_MS)).news)).toEqual([
      `${ADA} (edited): rng-a is still drained; there is a newer reminder.`,
      `${ADA}: ${STILL}`,
    ]);
  });

  test('the buttons work there, also where commands are kept to some channels', async () => {
    rng.config = { onlyChannels: [ELSEWHERE] };
    await rng.ticked(HOUR_MS);
    await rng.press(1);
    const [spent, report] = rng.news();
    expect(spent).toContain('@U0ADA00000 has chosen Extend.');
    expect(headings([report ?? ''])).toEqual([`${ADA}: More time for rng-a`]);
  });

  test('that it is gone is told directly', async () => {
    rng.delete('rng-a');
    expect(headings((await rng.ticked()).news)).toEqual([
      `${ADA}: rng-a is no longer looked after. It is gone: somebody has deleted it, or its node was lost.`,
    ]);
  });

  test('what is done by itself is told directly, and its evidence is below', async () => {
    const record = JSON.parse(rng.marks('rng-a').annotations['pitlane.dev/drain'] ?? '');
    rng.edit('rng-a', { annotations: { 'pitlane.dev/drain': JSON.stringify({ ...record, then: 'finish' }) } });
    expect(headings((await rng.ticked(HOUR_MS)).news)).toEqual([
      `${ADA}: Finished rng-a`,
      `${ADA}, thread: Evidence of rng-a: summary, pod, events, 1 log.`,
    ]);
    expect(rng.pod('rng-a')).toBeUndefined();
  });
});

test('asked for in a thread, what follows stands in that thread', async () => {
  rng.slack.workspace.call('chat.postMessage', { channel: 'C0OPS00000', text: 'INC-42', blocks: [] });
  const thread = rng.slack.workspace.messages.at(-1)?.ts ?? '';
  const place = { user: 'U0ADA00000', team: 'T0SANDBOX0', channel: 'C0OPS00000', thread };
  const body = mentionBody(rng.withRealNames('rng drain rng-a'), place, 'Ev0THREAD', Date.now());
  await rng.deliver(signedRequest(SECRET, body, Date.now(), 'application/json'));
  await rng.ticked(HOUR_MS);
  await rng.press(2);
  expect(rng.slack.workspace.messages.slice(1).map((message) => message.thread)).toEqual(
    Array.from({ length: 4 }, () => thread),
  );
});

test("a service's channel: what is told is told there, in the thread of the report", async () => {
  rng.config = { channel: 'C0OPS00000' };
  await rng.type('/rng drain rng-a', ELSEWHERE);
  expect(headings((await rng.ticked(HOUR_MS)).news)).toEqual([`ops, thread of "Drained rng-a": ${STILL}`]);
});

describe('drained by a runbook', () => {
  test('without a channel nobody is told, and the log says so; nothing breaks', async () => {
    await rng.runbook({ command: 'drain', pod: 'rng-a', by: 'deploy-bot' });
    expect(await rng.ticked(HOUR_MS)).toEqual({ news: [], did: ['nobody to remind of rng-a (1)'] });
    expect(await rng.ticked(MINUTE_MS)).toEqual({ news: [], did: [] });
    expect((await rng.ticked(HOUR_MS)).did).toEqual(['nobody to remind of rng-a (2)']);
    rng.delete('rng-a');
    expect(await rng.ticked(MINUTE_MS)).toEqual({
      news: [],
      did: ['closed the record of rng-a: It is gone: somebody has deleted it, or its node was lost.'],
    });
    expect(rng.logged.filter(({ event }) => event === 'did').map(({ why }) => rng.withAliases(why ?? ''))).toContain(
      'test/ns rng: nobody to remind of rng-a (1)',
    );
  });

  test("with the service's channel it is asked there, by the runbook's name", async () => {
    rng.config = { channel: 'C0OPS00000' };
    await rng.runbook({ command: 'drain', pod: 'rng-a', by: 'deploy-bot' });
    const { news } = await rng.ticked(HOUR_MS);
    expect(headings(news)).toEqual([
      'ops: deploy-bot (runbook): rng-a is still drained from rng, and its time was up TIME.',
    ]);
    await rng.press(2);
    expect(headings(rng.news())).toEqual([
      'ops (edited): deploy-bot (runbook): rng-a is still drained from rng, and its time was up TIME.',
      'ops: Restored rng-a',
    ]);
  });

  test('with a channel that the bot is not in nobody is told, and the log says why', async () => {
    rng.config = { channel: ELSEWHERE };
    await rng.runbook({ command: 'drain', pod: 'rng-a', by: 'deploy-bot' });
    expect(await rng.ticked(HOUR_MS)).toEqual({ news: [], did: ['nobody to remind of rng-a (1)'] });
    expect(ended().map(({ error }) => String(error))).toEqual([
      'SlackRefused: Slack refused chat.postMessage: not_in_channel',
    ]);
    expect(await rng.ticked(MINUTE_MS)).toEqual({ news: [], did: [] });
  });
});

describe('a Slack', () => {
  beforeEach(async () => {
    await rng.type('/rng drain rng-a');
  });

  test('that is away for a minute: the reminder comes as soon as it is back', async () => {
    rng.slack.workspace.refuses = () => 'service_unavailable';
    const { answer } = await rng.tick(HOUR_MS);
    expect(answer).toMatchObject({ ok: false, did: [] });
    rng.slack.workspace.refuses = undefined;
    expect(headings((await rng.ticked(2 * MINUTE_MS)).news)).toEqual([`ops, thread of "Drained rng-a": ${STILL}`]);
  });

  test('that has thrown the bot out of the channel: the person is asked directly', async () => {
    rng.slack.workspace.joined.delete('C0OPS00000');
    const { news } = await rng.ticked(HOUR_MS);
    rng.slack.workspace.joined.add('C0OPS00000');
    expect(headings(news)).toEqual([`${ADA}: ${STILL}`]);
  });
});
