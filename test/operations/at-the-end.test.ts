import { beforeEach, describe, expect, test } from 'vitest';
import { isService } from '../bad-days/faults.ts';
import { GoldenFile } from '../golden.ts';
import { HOUR_MS, MINUTE_MS, RngWithTick } from './rng-with-tick.ts';

const rng = new RngWithTick();
const golden = new GoldenFile(import.meta.url);
const REMINDED = 'ops, thread of done: reminder';

const record = () => JSON.parse(rng.marks('rng-a').annotations['pitlane.dev/drain'] ?? '');
const editRecord = (change: object) =>
  rng.edit('rng-a', { annotations: { 'pitlane.dev/drain': JSON.stringify({ ...record(), ...change }) } });

/** Left as it is, with one reminder that gives the reason; the next reminder comes an hour later. */
async function expectReminded(before: readonly string[] = []): Promise<void> {
  const { news, text } = await rng.ticked(HOUR_MS);
  expect(news).toEqual([...before, REMINDED]);
  golden.expect(...text.split('\n').filter((line) => line.startsWith('⚠')));
  await rng.tickIdle(MINUTE_MS);
  expect((await rng.ticked(HOUR_MS)).news).toContain(REMINDED);
}

describe('then: restore', () => {
  beforeEach(async () => {
    rng.then('restore');
    await rng.type('/rng drain rng-a because 5xx');
  });

  test('restores a pod that is ready and has not restarted, and reports it in the thread of the drain', async () => {
    const report = rng.slack.workspace.messages[0];
    const { news, did } = await rng.ticked(HOUR_MS);
    expect(news).toEqual(['ops, thread of done: done']);
    golden.expect(...did);
    expect(rng.slack.workspace.messages[0]).toEqual(report);
    expect(rng.changedPods()).not.toContain('rng-a');
    await rng.tickIdle(MINUTE_MS);
    expect(rng.journal.drains).toEqual([]);
  });

  test('waits for the end of its time, and after extend for the new end', async () => {
    await rng.type('/rng extend rng-a 1h');
    await rng.tickIdle(HOUR_MS + MINUTE_MS);
    expect((await rng.ticked(HOUR_MS)).news).toEqual(['ops, thread of done: done']);
  });

  test.each([
    ['is not ready', () => rng.makeUnready('rng-a')],
    ['has restarted', () => editRecord({ restarts: -2 })],
    ['may have restarted', () => editRecord({ restarts: undefined })],
    [
      'can not be restored',
      async () => {
        rng.patch('deployments', 'rng', { spec: { replicas: 0 } });
        await rng.untilInRotation(0);
      },
    ],
    ['needs a confirmation', () => rng.edit('rng-a', { labels: { app: 'debug' } })],
  ])('asks about a pod that %s', async (_, given) => {
    await given();
    await expectReminded();
    expect(rng.changedPods()).toContain('rng-a');
  });

  test('tries again in the next tick when the cluster does not answer', async () => {
    rng.failAll(isService, { status: 500 });
    const { answer } = await rng.tick(HOUR_MS);
    expect(answer).toMatchObject({ ok: false, did: [], trouble: [expect.stringContaining('500')] });
    expect(rng.reminders('rng-a')).toBe(0);
    rng.intercept(() => 'pass');
    expect((await rng.ticked(2 * MINUTE_MS)).news).toEqual(['ops, thread of done: done']);
  });

  test('continues in the next tick when the time is not enough, and edits its report', async () => {
    rng.skipTime(HOUR_MS);
    rng.runOutOfTime();
    const first = await rng.ticked();
    expect(first.news).toEqual(['ops, thread of done: goesOn']);
    rng.intercept(() => 'pass');
    const second = await rng.ticked(MINUTE_MS);
    expect(second.news).toEqual(['ops, thread of done (edited): done']);
    golden.expect(...first.did, ...second.did);
    expect((await rng.ticked(MINUTE_MS)).news).toEqual([]);
  });
});

describe('then: finish', () => {
  beforeEach(async () => {
    rng.then('finish');
    await rng.type('/rng drain rng-a because 5xx');
  });

  test('keeps the evidence and deletes the pod, and reports it in the thread of the drain', async () => {
    const { news, did } = await rng.ticked(HOUR_MS);
    expect(news).toEqual(['ops, thread of done: done', 'ops, thread of done: file']);
    golden.expect(...did);
    expect(rng.pod('rng-a')).toBeUndefined();
    await rng.tickIdle(MINUTE_MS);
  });

  test('does not delete a pod whose evidence can not be kept, and asks', async () => {
    rng.slack.workspace.refuses = (method, { text }) =>
      method.startsWith('files.') || String(text).startsWith('Evidence') ? 'msg_too_long' : undefined;
    await expectReminded(['ops, thread of done: nothingChanged']);
    expect(rng.pod('rng-a')).toBeDefined();
  });

  test('does not delete a pod whose evidence has no recipient in Slack', async () => {
    await rng.runbook({ command: 'drain', pod: 'rng-b', because: '5xx' });
    const { did } = await rng.ticked(HOUR_MS);
    golden.expect(...did.filter((line) => line.includes('rng-b')));
    expect(rng.pod('rng-b')).toBeDefined();
  });

  test('deletes a pod whose Service is deleted', async () => {
    rng.cluster.api.delete('services', rng.namespace, 'rng');
    expect((await rng.ticked(HOUR_MS)).news).toContain('ops, thread of done: done');
    expect(rng.pod('rng-a')).toBeUndefined();
  });

  test('deletes a pod whose owner is gone', async () => {
    rng.cluster.api.delete('deployments', rng.namespace, 'rng');
    await rng.untilInRotation(0);
    // One tick in ten looks at the owners.
    for (let minute = 0; minute < 10; minute += 1) await rng.ticked(MINUTE_MS);
    expect((await rng.ticked(HOUR_MS)).news).toContain('ops, thread of done: done');
    expect(rng.pod('rng-a')).toBeUndefined();
  });
});
