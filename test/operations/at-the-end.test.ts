import { beforeEach, describe, expect, test } from 'vitest';
import { HOUR_MS, MINUTE_MS, RngAndTheClock } from './rng-and-the-clock.ts';

const rng = new RngAndTheClock();
const THREAD = 'ops, thread of "Drained rng-a"';
const REMINDED = `${THREAD}: @U0ADA00000: rng-a is still drained from rng, and its time was up TIME.`;

const record = () => JSON.parse(rng.marks('rng-a').annotations['pitlane.dev/drain'] ?? '');
const editRecord = (change: object) =>
  rng.edit('rng-a', { annotations: { 'pitlane.dev/drain': JSON.stringify({ ...record(), ...change }) } });

/** Reminded, with that reason, and only once about it; the next reminder comes in its time. */
async function expectReminded(reason: string, before: readonly string[] = []): Promise<void> {
  const { news } = await rng.ticked(HOUR_MS);
  expect(news.slice(0, -1).map((message) => message.split('\n')[0])).toEqual(before);
  const lines = news.at(-1)?.split('\n') ?? [];
  expect([lines[0], lines[3]]).toEqual([REMINDED, `⚠ ${reason}`]);
  expect(lines).toContain('[2] Restore');
  expect((await rng.ticked(MINUTE_MS)).news).toEqual([]);
  expect((await rng.ticked(HOUR_MS)).news.at(-1)).toContain(REMINDED);
}

describe('then: restore', () => {
  beforeEach(async () => {
    rng.then('restore');
    await rng.type('/rng drain rng-a because 5xx');
  });

  test('a pod that is ready and has not restarted goes back, told beside the report of its drain', async () => {
    const report = rng.slack.workspace.messages[0];
    const { news, did } = await rng.ticked(HOUR_MS);
    expect(did).toEqual(['restore of rng-a at the end of its time: done']);
    expect(news).toHaveLength(1);
    expect(news[0]).toMatch(
      /^ops, thread of "Drained rng-a": Restored rng-a\n✓ rng-a is in rotation\n(.*\n)+ {2}by itself, at the end of its time · drained by @U0ADA00000\n/,
    );
    expect(rng.slack.workspace.messages[0]).toEqual(report);
    expect(rng.touched()).not.toContain('rng-a');
    expect(await rng.ticked(MINUTE_MS)).toEqual({ news: [], did: [] });
    expect(rng.journal.drains).toEqual([]);
  });

  test('not before its time, and after extend not before the new one', async () => {
    await rng.type('/rng extend rng-a 1h');
    expect(await rng.ticked(HOUR_MS + MINUTE_MS)).toEqual({ news: [], did: [] });
    expect((await rng.ticked(HOUR_MS)).did).toEqual(['restore of rng-a at the end of its time: done']);
  });

  test('one that is not ready stays, and somebody is asked', async () => {
    await rng.unready('rng-a');
    await expectReminded('It was not restored by itself: it is not ready.');
    expect(rng.touched()).toContain('rng-a');
  });

  test('one that has restarted since stays', async () => {
    editRecord({ restarts: -2 });
    await expectReminded('It was not restored by itself: it has had 2 restarts since it was drained.');
  });

  test('one of which nobody knows whether it has restarted stays', async () => {
    editRecord({ restarts: undefined });
    await expectReminded(
      'It was not restored by itself: it is not known whether it has restarted since it was drained.',
    );
  });

  test('one whose restore is refused stays', async () => {
    rng.cluster.api.mergePatch('deployments', rng.namespace, 'rng', { spec: { replicas: 0 } } as never);
    await rng.untilInRotation(0);
    await expectReminded(
      'It was not restored by itself: ReplicaSet rng-rs wants no pods: it would delete rng-a at once, because Deployment rng has moved on to another revision or to zero.',
    );
  });

  test('one whose restore has a warning stays: nobody is there to confirm it', async () => {
    rng.edit('rng-a', { labels: { app: 'debug' } });
    await expectReminded(
      'It was not restored by itself: rng-a has app=debug since the drain: it is overwritten with app=rng.',
    );
  });

  test('a cluster that does not answer at that moment is asked again, and then it is restored', async () => {
    rng.breakDown(({ path }) => path.endsWith('/services/rng'), { status: 500 });
    rng.isHurried = true;
    const { answer } = await rng.tick(HOUR_MS);
    expect(answer).toMatchObject({ ok: false, did: [] });
    expect(answer.trouble.join()).toContain('HTTP 500');
    expect(rng.news().filter((message) => message.includes('still drained'))).toEqual([]);
    rng.intercept(() => 'pass');
    expect((await rng.ticked(2 * MINUTE_MS)).did).toEqual(['restore of rng-a at the end of its time: done']);
  });

  test('one that takes longer than a tick is gone on with by the next, and its message ends true', async () => {
    rng.later(HOUR_MS);
    rng.runOutOfTime();
    const first = await rng.ticked();
    expect(first.did).toEqual(['restore of rng-a at the end of its time: unfinished']);
    expect(first.news).toHaveLength(1);
    expect(first.news[0]).toMatch(/^ops, thread of "Drained rng-a": Restoring rng-a is not proven yet\n/);
    expect(first.news[0]).toContain('Pitlane goes on by itself within two minutes and edits this message');
    rng.intercept(() => 'pass');
    const second = await rng.ticked(MINUTE_MS);
    expect(second.did).toEqual([expect.stringMatching(/^went on with restore of rng-a \([0-9a-f]{10}\): done$/)]);
    expect(second.news).toHaveLength(1);
    expect(second.news[0]).toMatch(/^ops, thread of "Drained rng-a" \(edited\): Restored rng-a\n/);
    expect((await rng.ticked(MINUTE_MS)).news).toEqual([]);
  });
});

describe('then: finish', () => {
  beforeEach(async () => {
    rng.then('finish');
    await rng.type('/rng drain rng-a because 5xx');
  });

  test('its evidence is kept and then it is deleted, told beside the report of its drain', async () => {
    const { news, did } = await rng.ticked(HOUR_MS);
    expect(did).toEqual(['finish of rng-a at the end of its time: done']);
    expect(news.map((message) => message.split('\n')[0])).toEqual([
      `${THREAD}: Finished rng-a`,
      `${THREAD}: Evidence of rng-a: summary, pod, events, 1 log.`,
    ]);
    expect(news[0]).toContain('  by itself, at the end of its time · drained by @U0ADA00000\n');
    expect(rng.pod('rng-a')).toBeUndefined();
    expect(await rng.ticked(MINUTE_MS)).toEqual({ news: [], did: [] });
  });

  test('evidence that can not be kept: it is not deleted, and somebody is asked', async () => {
    rng.slack.workspace.refuses = (method, { text }) =>
      method.startsWith('files.') || String(text).startsWith('Evidence') ? 'msg_too_long' : undefined;
    await expectReminded(
      'It was not finished by itself: The evidence of rng-a could not be kept, so nothing was deleted; an admin may say --force. The evidence of rng-a could not be posted in Slack: Slack said msg_too_long.',
      [`${THREAD}: Finishing rng-a failed`],
    );
    expect(rng.pod('rng-a')).toBeDefined();
  });

  test('drained by a runbook, and no channel for the service: nobody would get the evidence, so it stays', async () => {
    await rng.runbook({ command: 'drain', pod: 'rng-b', because: '5xx' });
    const { did } = await rng.ticked(HOUR_MS);
    expect(did).toContain(
      'nobody to remind of rng-b (1): It was not finished by itself: The evidence of rng-b could not be kept, so nothing was deleted; an admin may say --force. Nobody in Slack has asked for it, and no channel is configured for the service.',
    );
    expect(rng.pod('rng-b')).toBeDefined();
  });

  test('without its owner it is finished all the same', async () => {
    rng.cluster.api.delete('deployments', rng.namespace, 'rng');
    await rng.untilInRotation(0);
    // A minute of the thorough looks comes before.
    for (let minute = 0; minute < 10; minute += 1) await rng.ticked(MINUTE_MS);
    expect((await rng.ticked(HOUR_MS)).did).toEqual(['finish of rng-a at the end of its time: done']);
    expect(rng.pod('rng-a')).toBeUndefined();
  });
});
