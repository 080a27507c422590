import { beforeEach, describe, expect, test } from 'vitest';
import type { DrainNote } from '../../pitlane/journal/entry.ts';
import { GoldenFile } from '../golden.ts';
import { HOUR_MS, MINUTE_MS, RngWithTick } from './rng-with-tick.ts';

const rng = new RngWithTick();
const golden = new GoldenFile(import.meta.url);
const BOB = 'U0BOB00000';
const CAY = 'U0CAY00000';
const REMINDER = 'ops, thread of done: reminder';
const REPLACED = 'ops, thread of done (edited): reminderReplaced';
const ANSWERED = 'ops, thread of done (edited): reminderAnswered';
const DONE = 'ops, thread of done: done';

const record = () => JSON.parse(rng.marks('rng-a').annotations['pitlane.dev/drain'] ?? '');

beforeEach(async () => {
  await rng.type('/rng drain rng-a because 5xx');
});

describe('a drained pod whose time is up', () => {
  test('is asked about once, in the thread of its report', async () => {
    await rng.tickIdle(HOUR_MS - MINUTE_MS);
    const { news, text } = await rng.ticked(MINUTE_MS);
    expect(news).toEqual([REMINDER]);
    golden.expect(text);
    await rng.tickIdle(MINUTE_MS);
  });

  test('is asked about again after an hour, two, four …, at last once a day, with one set of buttons', async () => {
    await rng.ticked(HOUR_MS);
    for (const hours of [1, 2, 4, 8, 16, 24, 24]) {
      expect((await rng.ticked(hours * HOUR_MS - MINUTE_MS)).news).toEqual([]);
      expect((await rng.ticked(MINUTE_MS)).news).toEqual([REPLACED, REMINDER]);
    }
    golden.expect(rng.newsText);
  });

  test('is asked about with the reason why it can not be restored', async () => {
    await rng.makeUnready('rng-a');
    golden.expect(...(await rng.ticked(HOUR_MS)).text.split('\n').filter((line) => line.startsWith('⚠')));
  });

  test('is reported once when the end in its record is no time', async () => {
    rng.edit('rng-a', { annotations: { 'pitlane.dev/drain': JSON.stringify({ ...record(), until: 'tomorrow' }) } });
    const { news, text } = await rng.ticked(MINUTE_MS);
    expect(news).toEqual(['ops, thread of done: recordClosed']);
    golden.expect(text.split('\n').slice(0, 3).join('\n'));
    expect((await rng.ticked(MINUTE_MS)).news).toEqual([]);
  });

  test("is asked about in the service's channel when the journal is gone", async () => {
    rng.config = { channel: 'C0OPS00000' };
    rng.cluster.api.delete('configmaps', rng.namespace, 'pitlane-rng');
    expect((await rng.ticked(HOUR_MS)).news).toEqual(['ops: reminder']);
  });
});

describe('a button of a reminder', () => {
  beforeEach(async () => {
    await rng.ticked(HOUR_MS);
    rng.news();
  });

  /** Who has chosen what, at the end of the spent reminder. */
  const chosen = () => rng.newsText.split('\n--- ')[0]?.split('\n').at(-1) ?? '';

  test('extends by an hour from the press, and the reminders start anew', async () => {
    await rng.tick(30 * MINUTE_MS);
    await rng.press(1);
    expect(rng.news()).toEqual([ANSWERED, DONE]);
    golden.expect(chosen());
    expect((await rng.ticked(HOUR_MS - MINUTE_MS)).news).toEqual([]);
    await rng.ticked(MINUTE_MS);
    expect(rng.reminders('rng-a')).toBe(1);
    await rng.ticked(HOUR_MS);
    expect(rng.reminders('rng-a')).toBe(2);
  });

  test('restores the pod, whose dialog has named the reason of the drain, and the reminders end', async () => {
    await rng.press(2);
    expect(rng.news()).toEqual([ANSWERED, DONE]);
    golden.expect(chosen());
    expect(rng.changedPods()).not.toContain('rng-a');
    expect(rng.journal.drains).toEqual([]);
    for (const hours of [1, 24]) await rng.tickIdle(hours * HOUR_MS);
  });

  test('finishes the pod with its evidence, and the reminders end', async () => {
    await rng.press(3);
    expect(rng.news()).toEqual([ANSWERED, DONE, 'ops, thread of done: file']);
    golden.expect(chosen());
    expect(rng.pod('rng-a')).toBeUndefined();
    for (const hours of [1, 24]) await rng.tickIdle(hours * HOUR_MS);
  });

  test('acts once when it is pressed twice', async () => {
    const before = rng.slack.workspace.messages.at(-1);
    if (before === undefined) throw new Error('there is no reminder');
    await rng.press(1);
    const { until } = record();
    rng.news();
    // As it is on a screen that has not shown the edit yet.
    expect(await rng.pressOn(before, 1)).toMatchObject({ wrote: [] });
    expect(rng.news()).toEqual(['only U0ADA00000: repeated']);
    golden.expect(rng.newsText);
    expect(record().until).toBe(until);
  });

  test('acts once when two people press it at once, and the second reads by whom', async () => {
    const { because: _, ...withoutReason } = record();
    rng.edit('rng-a', { annotations: { 'pitlane.dev/drain': JSON.stringify(withoutReason) } });
    await Promise.all([rng.press(2), rng.press(2, BOB)]);
    const news = rng.news();
    expect(news.filter((code) => code === DONE)).toHaveLength(1);
    expect(news.filter((code) => /^only U0\w+: (alreadyRunning|repeated)$/.test(code))).toHaveLength(1);
    expect(rng.changedPods()).not.toContain('rng-a');
  });

  test('names the person who pressed it', async () => {
    await rng.press(1, BOB);
    expect(rng.news()).toEqual([ANSWERED, DONE]);
    golden.expect(chosen());
    expect(rng.newsText).toContain(`@${BOB}`);
  });

  test('stays when a viewer presses it', async () => {
    await rng.press(3, CAY);
    expect(rng.news()).toEqual([`only ${CAY}: denied`]);
    golden.expect(rng.newsText);
    await rng.press(1);
    expect(rng.news()).toEqual([ANSWERED, DONE]);
  });

  test('works in the thread although commands are restricted to some channels', async () => {
    rng.config = { onlyChannels: ['C0OPS00000'] };
    await rng.press(1);
    expect(rng.news()).toEqual([ANSWERED, DONE]);
  });
});

describe('a command instead of a button', () => {
  test.each(['extend rng-a 1h', 'restore rng-a', 'finish rng-a'])(
    '/rng %s ends the reminders and removes the buttons',
    async (line) => {
      await rng.ticked(HOUR_MS);
      rng.news();
      await rng.type(`/rng ${line}`);
      if (!line.startsWith('extend')) await rng.press(1);
      const news = rng.news();
      expect(news).toEqual(expect.arrayContaining([ANSWERED, 'ops: done']));
      golden.expect(rng.newsText.split('\n--- ').find((text) => text.includes(ANSWERED)) ?? '');
      await rng.tickIdle(HOUR_MS - MINUTE_MS);
    },
  );

  test('extend moves the first reminder', async () => {
    await rng.type('/rng extend rng-a 1h');
    expect((await rng.ticked(HOUR_MS)).news).toEqual([]);
    expect((await rng.ticked(HOUR_MS)).news).toEqual([REMINDER]);
  });

  test.each([{ command: 'restore' }, { command: 'finish' }, { command: 'extend', for: '2h' }])(
    '%j by a runbook removes the buttons at the next tick',
    async (step) => {
      await rng.ticked(HOUR_MS);
      const answer = await rng.runbook({ ...step, pod: 'rng-a', by: 'deploy-bot', confirm: true });
      expect(answer).toMatchObject({ ok: true });
      const { news, text } = await rng.ticked(MINUTE_MS);
      expect(news).toEqual([ANSWERED]);
      golden.expect(text);
      await rng.tickIdle(HOUR_MS);
      expect(rng.journal.drains).toHaveLength(step.command === 'extend' ? 1 : 0);
    },
  );
});

describe('many pods whose time is up at once', () => {
  /** Drained by one operation each, whose reports are in the channel. */
  function drained(count: number): void {
    const at = rng.now() - HOUR_MS;
    const times = { at: new Date(at).toISOString(), until: new Date(rng.now()).toISOString() };
    const notes = Array.from({ length: count }, (_, index) => {
      const [id, name] = [`op-${index}`, `many-${index}`];
      const record = { v: 1, id, service: 'rng', labels: { app: 'rng' }, was: 'in rotation', annotations: {} };
      const mark = JSON.stringify({ ...record, ...times, by: BOB, then: 'remind' });
      rng.createPod(name, { 'pitlane.dev/drained-from': 'rng' }, { 'pitlane.dev/drain': mark });
      const report = { channel: 'C0OPS00000', ts: `1.${index}` };
      return { pod: { name, uid: rng.pod(name)?.metadata.uid }, id, by: BOB, at, until: rng.now(), report };
    });
    rng.editJournal({ drains: JSON.stringify({ v: 1, items: notes }) });
    rng.news();
  }

  test('are in one message, and each is counted', async () => {
    drained(30);
    const { news, text } = await rng.ticked();
    expect(news).toEqual(['ops: reminders']);
    expect(text.match(/many-\d+ drained from rng/g)).toHaveLength(30);
    const reminded = rng.journal.drains.filter(({ reminder }: DrainNote) => reminder?.count === 1);
    expect(reminded).toHaveLength(30);
    expect((await rng.ticked(MINUTE_MS)).news).toEqual([]);
    expect((await rng.ticked(HOUR_MS)).news).toEqual(['ops: reminders']);
  });

  test('are told directly to each person where the bot can not post', async () => {
    rng.slack.workspace.refuses = (method, { channel }) =>
      method === 'chat.postMessage' && channel === 'C0OPS00000' ? 'not_in_channel' : undefined;
    drained(4);
    expect((await rng.ticked()).news.filter((code) => code.endsWith(': reminder'))).toHaveLength(4);
  });

  test('are asked about one by one if they are few', async () => {
    drained(3);
    expect((await rng.ticked()).news.filter((code) => code.endsWith(': reminder'))).toHaveLength(3);
  });

  test('read as in the golden file', async () => {
    drained(4);
    await rng.ticked();
    golden.expect(rng.newsText);
  });
});
