import { beforeEach, describe, expect, test } from 'vitest';
import { HOUR_MS, MINUTE_MS, RngWithTick } from './rng-with-tick.ts';

const rng = new RngWithTick();
const BOB = 'U0BOB00000';
const CAY = 'U0CAY00000';
const THREAD = 'ops, thread of "Drained rng-a"';

const REMINDER = `${THREAD}: @U0ADA00000: rng-a is still drained from rng, and its time was up TIME.
Drained TIME (60m ago) because 5xx.
Now: Running, 1 of 1 containers ready, never restarted.
[1] Extend 1h
[2] Restore
[3] Finish
    asks: Delete the pod? There is no way back. Its evidence is taken, and then it is deleted: rng-a (Finish / Go back)
  Extend 1h leaves it drained for an hour more. Restore puts it back into rotation. Finish keeps its evidence and deletes it; there is no way back.
  Or type /rng extend rng-a 1h, /rng restore rng-a, /rng finish rng-a`;

beforeEach(async () => {
  await rng.type('/rng drain rng-a because 5xx');
});

/** What each message is about, without what else it says. */
const headings = (news: readonly string[]) => news.map((message) => message.split('\n')[0]);

describe('a drained pod whose time is up', () => {
  test('is asked about in the thread of its report, once', async () => {
    expect(await rng.ticked(HOUR_MS - MINUTE_MS)).toEqual({ news: [], did: [] });
    expect(await rng.ticked(MINUTE_MS)).toEqual({ news: [REMINDER], did: ['reminded of rng-a (1)'] });
    expect(await rng.ticked(MINUTE_MS)).toEqual({ news: [], did: [] });
  });

  test('again after an hour, two, four …, at last once a day; the buttons of the last one stay', async () => {
    await rng.ticked(HOUR_MS);
    for (const hours of [1, 2, 4, 8, 16, 24, 24]) {
      expect((await rng.ticked(hours * HOUR_MS - MINUTE_MS)).news).toEqual([]);
      expect(headings((await rng.ticked(MINUTE_MS)).news)).toEqual([
        `${THREAD} (edited): rng-a is still drained; there is a newer reminder.`,
        `${THREAD}: @U0ADA00000: rng-a is still drained from rng, and its time was up TIME.`,
      ]);
    }
  });

  test('whose restore would be refused: the reminder says why', async () => {
    await rng.makeUnready('rng-a');
    const { news } = await rng.ticked(HOUR_MS);
    expect(news[0]).toContain(
      '⚠ rng-a is not ready (0 of 1 container, Running): it would be deleted, or would push a ready pod out.\n[1] Extend 1h',
    );
  });

  test('whose end somebody has made unreadable is asked about, and not every minute', async () => {
    const record = JSON.parse(rng.marks('rng-a').annotations['pitlane.dev/drain'] ?? '');
    const edited = JSON.stringify({ ...record, until: 'tomorrow' });
    rng.edit('rng-a', { annotations: { 'pitlane.dev/drain': edited } });
    expect(headings((await rng.ticked(MINUTE_MS)).news)).toEqual([
      `${THREAD}: @U0ADA00000: rng-a is still drained from rng.`,
    ]);
    expect((await rng.ticked(MINUTE_MS)).news).toEqual([]);
  });

  test('is looked after where an earlier pitlane has drained it, or the ConfigMap was deleted', async () => {
    rng.cluster.api.delete('configmaps', rng.namespace, 'pitlane-rng');
    expect((await rng.ticked(HOUR_MS)).news).toEqual([REMINDER]);
  });
});

describe('its buttons', () => {
  beforeEach(async () => {
    await rng.ticked(HOUR_MS);
    rng.news();
  });

  const chosen = (what: string, by = 'U0ADA00000') => [
    `${THREAD} (edited): @U0ADA00000: rng-a is still drained from rng, and its time was up TIME.`,
    `  @${by} has chosen ${what}.`,
  ];
  const firstAndLast = (message = '') => [message.split('\n').at(0), message.split('\n').at(-1)];

  test('Extend 1h: an hour more, from the moment of the press, and then the count begins anew', async () => {
    await rng.tick(30 * MINUTE_MS);
    await rng.press(1);
    const [spent, report, ...others] = rng.news();
    expect(firstAndLast(spent)).toEqual(chosen('Extend'));
    expect(report).toMatch(/^ops, thread of "Drained rng-a": More time for rng-a\n/);
    expect(others).toEqual([]);
    expect((await rng.ticked(HOUR_MS - MINUTE_MS)).news).toEqual([]);
    expect(await rng.ticked(MINUTE_MS)).toMatchObject({ did: ['reminded of rng-a (1)'] });
    expect((await rng.ticked(HOUR_MS)).did).toEqual(['reminded of rng-a (2)']);
  });

  test('Restore: back in rotation, told in the thread, and nothing more is said', async () => {
    await rng.press(2);
    const [spent, report, ...others] = rng.news();
    expect(firstAndLast(spent)).toEqual(chosen('Restore'));
    expect(report).toMatch(/^ops, thread of "Drained rng-a": Restored rng-a\n/);
    expect(others).toEqual([]);
    expect(rng.changedPods()).not.toContain('rng-a');
    expect(rng.journal.drains).toEqual([]);
    for (const hours of [1, 24]) expect(await rng.ticked(hours * HOUR_MS)).toEqual({ news: [], did: [] });
  });

  test('Finish: its evidence and then its end, told in the thread, and nothing more is said', async () => {
    await rng.press(3);
    const [spent, report, evidence, ...others] = rng.news();
    expect(firstAndLast(spent)).toEqual(chosen('Finish'));
    expect(report).toMatch(/^ops, thread of "Drained rng-a": Finished rng-a\n/);
    expect(evidence).toMatch(/^ops, thread of "Drained rng-a": Evidence of rng-a: /);
    expect(others).toEqual([]);
    expect(rng.pod('rng-a')).toBeUndefined();
    for (const hours of [1, 24]) expect(await rng.ticked(hours * HOUR_MS)).toEqual({ news: [], did: [] });
  });

  test('a double click does it once, and says so', async () => {
    const before = rng.slack.workspace.messages.at(-1);
    if (before === undefined) throw new Error('there is no reminder');
    await rng.press(1);
    const { until } = JSON.parse(rng.marks('rng-a').annotations['pitlane.dev/drain'] ?? '');
    rng.news();
    // As it is on a screen that has not shown the edit yet.
    expect(await rng.pressOn(before, 1)).toMatchObject({ wrote: [] });
    expect(rng.news()).toEqual([
      `only U0ADA00000: extend rng-a 1h: asked before, and done. It was not carried out again.
@U0ADA00000 asked for it TIME. It ended TIME: extend of rng-a is done and proven.
  See how it stands: /rng inspect rng-a`,
    ]);
    expect(JSON.parse(rng.marks('rng-a').annotations['pitlane.dev/drain'] ?? '').until).toBe(until);
  });

  test('two people at once: it is done once, and the one who came second reads by whom', async () => {
    await Promise.all([rng.press(2), rng.press(2, BOB)]);
    const told = rng.news().map((message) => message.split('\n')[0] ?? '');
    expect(told.filter((line) => line.endsWith(': Restored rng-a'))).toHaveLength(1);
    expect(
      told.filter((line) => /^only U0\w+: restore rng-a (is under way already\.|: asked before)/.test(line)),
    ).toHaveLength(1);
    expect(rng.changedPods()).not.toContain('rng-a');
  });

  test('somebody else may press: who has chosen is who pressed', async () => {
    await rng.press(1, BOB);
    const [spent, report] = rng.news();
    expect(firstAndLast(spent)).toEqual(chosen('Extend', BOB));
    expect(report).toContain(`asked by @${BOB}`);
  });

  test('a viewer is told who may, and the buttons stay', async () => {
    await rng.press(3, CAY);
    expect(rng.news()).toEqual([
      `only ${CAY}: finish is for operators, and you are a viewer. Who may: @U0ADA00000, @${BOB} and runbooks. Nothing was changed.`,
    ]);
    await rng.press(1);
    expect(rng.news()).toHaveLength(2);
  });

  test('work in the thread whatever channels the commands are kept to', async () => {
    rng.config = { onlyChannels: ['C0OPS00000'] };
    await rng.press(1);
    expect(rng.news()).toHaveLength(2);
  });
});

describe('typed instead of pressed', () => {
  test.each([
    ['/rng extend rng-a 1h', 'was given more time', /^ops: More time for rng-a\n/],
    ['/rng restore rng-a', 'was restored', /^ops: Restored rng-a\n/],
    ['/rng finish rng-a', 'was finished', /^ops: Finished rng-a\n/],
  ])('%s ends the reminders, and spends the buttons', async (line, what, report) => {
    await rng.ticked(HOUR_MS);
    rng.news();
    await rng.type(line);
    const news = rng.news();
    expect(news).toContain(`${THREAD} (edited): rng-a ${what} by @U0ADA00000 since.`);
    expect(news.find((message) => message.startsWith('ops:'))).toMatch(report);
    expect(await rng.ticked(HOUR_MS - MINUTE_MS)).toEqual({ news: [], did: [] });
  });

  test('before its time is up, extend moves the first reminder', async () => {
    await rng.type('/rng extend rng-a 1h');
    expect((await rng.ticked(HOUR_MS)).news).toEqual([]);
    expect((await rng.ticked(HOUR_MS)).did).toEqual(['reminded of rng-a (1)']);
  });

  test.each([
    [{ command: 'restore' }, 'was restored'],
    [{ command: 'finish' }, 'was finished'],
    [{ command: 'extend', for: '2h' }, 'was given more time'],
  ])('%j by a runbook, which tells nobody in Slack: the tick spends the buttons', async (step, what) => {
    await rng.ticked(HOUR_MS);
    expect(await rng.runbook({ ...step, pod: 'rng-a', by: 'deploy-bot', confirm: true })).toMatchObject({ ok: true });
    expect((await rng.ticked(MINUTE_MS)).news).toEqual([
      `${THREAD} (edited): rng-a ${what} by deploy-bot (runbook) since.`,
    ]);
    expect(await rng.ticked(HOUR_MS)).toEqual({ news: [], did: [] });
    expect(rng.journal.drains).toHaveLength(step.command === 'extend' ? 1 : 0);
  });
});
