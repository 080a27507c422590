import { beforeEach, describe, expect, test } from 'vitest';
import { mentionBody, signedRequest } from '../../sandbox/slack/deliveries.ts';
import { SECRET } from '../bad-days/rng-in-slack.ts';
import { HOUR_MS, MINUTE_MS, RngWithTick } from './rng-with-tick.ts';

const rng = new RngWithTick();
/** The bot is not a member there. */
const ELSEWHERE = 'C0ELSE0000';
const OPS = 'C0OPS00000';
const ADA = 'D0ADA00000';

describe('a drain where the bot is not a member', () => {
  beforeEach(async () => {
    await rng.type('/rng drain rng-a', ELSEWHERE);
    rng.news();
  });

  test('reminds its caller directly, and each reminder replaces the one before', async () => {
    expect((await rng.ticked(HOUR_MS)).news).toEqual([`${ADA}: reminder`]);
    expect((await rng.ticked(HOUR_MS)).news).toEqual([`${ADA} (edited): reminderReplaced`, `${ADA}: reminder`]);
  });

  test('has buttons that work there, although commands are restricted to other channels', async () => {
    rng.config = { onlyChannels: [ELSEWHERE] };
    await rng.ticked(HOUR_MS);
    await rng.press(1);
    expect(rng.news()).toEqual([`${ADA} (edited): reminderAnswered`, `${ADA}: done`]);
  });

  test('tells its caller directly that the pod is gone', async () => {
    rng.delete('rng-a');
    expect((await rng.ticked()).news).toEqual([`${ADA}: recordClosed`]);
  });

  test('tells its caller directly what the tick does by itself, with the evidence in the thread', async () => {
    rng.then('finish');
    await rng.type('/rng drain rng-b', ELSEWHERE);
    rng.news();
    const { news } = await rng.ticked(HOUR_MS);
    expect(news.filter((each) => !each.endsWith('reminder'))).toEqual([`${ADA}: done`, `${ADA}, thread: file`]);
    expect([rng.pod('rng-a') === undefined, rng.pod('rng-b') === undefined]).toEqual([false, true]);
  });
});

test('everything about a drain from a thread stays in that thread', async () => {
  rng.slack.workspace.call('chat.postMessage', { channel: OPS, text: 'INC-42', blocks: [] });
  const thread = rng.slack.workspace.messages.at(-1)?.ts ?? '';
  const place = { user: 'U0ADA00000', team: 'T0SANDBOX0', channel: OPS, thread };
  const body = mentionBody(rng.withRealNames('rng drain rng-a'), place, 'Ev0THREAD', Date.now());
  await rng.deliver(signedRequest(SECRET, body, Date.now(), 'application/json'));
  await rng.ticked(HOUR_MS);
  await rng.press(2);
  expect(rng.slack.workspace.messages.slice(1).map((message) => message.thread)).toEqual(
    Array.from({ length: 4 }, () => thread),
  );
});

test("reminds in the service's channel, in the thread of the report", async () => {
  rng.config = { channel: OPS };
  await rng.type('/rng drain rng-a', ELSEWHERE);
  expect((await rng.ticked(HOUR_MS)).news).toEqual(['ops, thread of done: reminder']);
});

describe('a drain by a runbook', () => {
  const drain = () => rng.runbook({ command: 'drain', pod: 'rng-a', by: 'deploy-bot' });

  test('sends no reminder without a channel, and the log says so', async () => {
    await drain();
    const first = await rng.ticked(HOUR_MS);
    expect(first).toMatchObject({ news: [], did: [expect.any(String)] });
    await rng.tickIdle(MINUTE_MS);
    expect(await rng.ticked(HOUR_MS)).toMatchObject({ news: [], did: [expect.any(String)] });
    expect(rng.reminders('rng-a')).toBe(2);
    rng.delete('rng-a');
    expect(await rng.ticked(MINUTE_MS)).toMatchObject({ news: [], did: [expect.any(String)] });
    expect(rng.journal.drains).toEqual([]);
    const logged = rng.logged.filter(({ event }) => event === 'did').map(({ why }) => rng.withAliases(why ?? ''));
    expect(logged).toContain(first.did[0]);
  });

  test("reminds in the service's channel, by the runbook's name", async () => {
    rng.config = { channel: OPS };
    await drain();
    const { news, text } = await rng.ticked(HOUR_MS);
    expect(news).toEqual(['ops: reminder']);
    expect(text).toContain('deploy-bot (runbook)');
    await rng.press(2);
    expect(rng.news()).toEqual(['ops (edited): reminderAnswered', 'ops: done']);
  });

  test('sends no reminder to a channel without the bot, and the log says why', async () => {
    rng.config = { channel: ELSEWHERE };
    await drain();
    expect(await rng.ticked(HOUR_MS)).toMatchObject({ news: [], did: [expect.any(String)] });
    const errors = rng.logged.filter(({ door, event }) => door === 'tick' && event === 'announce');
    expect(errors).toMatchObject([{ error: { code: 'not_in_channel' } }]);
    await rng.tickIdle(MINUTE_MS);
  });
});

describe('a reminder', () => {
  beforeEach(async () => {
    await rng.type('/rng drain rng-a');
  });

  test('comes as soon as Slack is available again', async () => {
    rng.slack.workspace.refuses = () => 'service_unavailable';
    expect((await rng.tick(HOUR_MS)).answer).toMatchObject({ ok: false, did: [] });
    rng.slack.workspace.refuses = undefined;
    expect((await rng.ticked(2 * MINUTE_MS)).news).toEqual(['ops, thread of done: reminder']);
  });

  test('is sent directly once the bot was removed from the channel', async () => {
    rng.slack.workspace.joined.delete(OPS);
    const { news } = await rng.ticked(HOUR_MS);
    rng.slack.workspace.joined.add(OPS);
    expect(news).toEqual([`${ADA}: reminder`]);
  });
});
