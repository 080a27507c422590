import { beforeEach, describe, expect, test } from 'vitest';
import { DRAINED_FROM } from '../../pitlane/rotation/marks.ts';
import { type Asked, isRead } from '../bad-days/faults.ts';
import { GoldenFile } from '../golden.ts';
import { pass } from '../virtual-time.ts';
import { HOUR_MS, MINUTE_MS, RngWithTick } from './rng-with-tick.ts';

const rng = new RngWithTick();
const golden = new GoldenFile(import.meta.url);
const CLOSED = 'ops, thread of done: recordClosed';

beforeEach(async () => {
  await rng.type('/rng drain rng-a because 5xx');
  // To the first minute of an hour: the tick looks at owners and Services in each tenth minute.
  rng.skipTime(HOUR_MS - (rng.now() % HOUR_MS) + MINUTE_MS);
  await rng.type('/rng extend rng-a 6h');
  await rng.ticked();
});

/** Told once within so many minutes, and never again, even past the end of its time. */
async function expectClosed(withinMinutes = 1): Promise<void> {
  for (let minute = 1; minute < withinMinutes; minute += 1) expect((await rng.ticked(MINUTE_MS)).news).toEqual([]);
  const { news, did, text } = await rng.ticked(MINUTE_MS);
  expect({ news, did }).toEqual({ news: [CLOSED], did: [expect.any(String)] });
  golden.expect(text);
  for (const ms of [MINUTE_MS, 10 * MINUTE_MS, 10 * HOUR_MS]) expect((await rng.ticked(ms)).news).toEqual([]);
}

describe('closes the record of a drained pod', () => {
  test('that is deleted by hand', async () => {
    rng.delete('rng-a');
    await expectClosed();
    expect(rng.journal.drains).toEqual([]);
  });

  test('only once a terminating pod is gone', async () => {
    rng.patch('pods', rng.withRealNames('rng-a'), { metadata: { finalizers: ['example.com/wait'] } });
    rng.delete('rng-a');
    expect((await rng.ticked(MINUTE_MS)).news).toEqual([]);
    rng.patch('pods', rng.withRealNames('rng-a'), { metadata: { finalizers: null } });
    await expectClosed();
  });

  test('that is evicted', async () => {
    rng.patch('pods', rng.withRealNames('rng-a'), { status: { phase: 'Failed', reason: 'Evicted' } }, 'status');
    await expectClosed();
    expect((await rng.type('/rng drained')).you).toContain('rng-a');
  });

  test('whose Deployment is deleted', async () => {
    rng.cluster.api.delete('deployments', rng.namespace, 'rng');
    await rng.untilInRotation(0);
    await expectClosed(9);
    expect((await rng.type('/rng list')).you).toContain('rng-a');
  });

  test('whose marks are taken off by hand', async () => {
    rng.edit('rng-a', {
      labels: { app: 'rng', [DRAINED_FROM]: null },
      annotations: {
        'pitlane.dev/drain': null,
        'cluster-autoscaler.kubernetes.io/safe-to-evict': null,
        'karpenter.sh/do-not-disrupt': null,
      },
    });
    await expectClosed();
    expect(rng.journal.drains).toEqual([]);
  });

  test('whose record is made unreadable', async () => {
    rng.edit('rng-a', { annotations: { 'pitlane.dev/drain': 'see me' } });
    await expectClosed();
    golden.expect((await rng.type('/rng drained')).text);
  });
});

describe('a drained pod whose Service is deleted', () => {
  beforeEach(() => rng.cluster.api.delete('services', rng.namespace, 'rng'));

  test('is not forgotten: a reminder says that it can only be finished, which works', async () => {
    for (let minute = 1; minute <= 10; minute += 1) expect((await rng.ticked(MINUTE_MS)).news).toEqual([]);
    expect((await rng.type('/rng drained')).you).toContain('rng-a');
    const { news, text } = await rng.ticked(8 * HOUR_MS);
    expect(news).toEqual(['ops, thread of done: reminder']);
    golden.expect(text, (await rng.type('/rng list')).text, (await rng.type('/rng restore rng-a')).text);
    expect((await rng.type('/rng extend rng-a 1h')).states).toContain('ops done');
    await rng.type('/rng finish rng-a');
    const finished = await rng.press(1);
    expect(finished.states.join()).toContain('done');
    await rng.tickIdle(MINUTE_MS);
    expect(rng.journal.drains).toEqual([]);
    golden.expect((await rng.type('/rng list')).text);
  });
});

describe('removes the buttons of the last reminder', () => {
  test('when it closes the record', async () => {
    expect((await rng.ticked(8 * HOUR_MS)).news).toEqual(['ops, thread of done: reminder']);
    rng.delete('rng-a');
    const { news, text } = await rng.ticked(MINUTE_MS);
    expect(news).toEqual(['ops, thread of done (edited): recordClosed', CLOSED]);
    golden.expect(text);
  });

  test('also between two reminders, when the owner is deleted', async () => {
    await rng.ticked(8 * HOUR_MS);
    await rng.ticked(9 * HOUR_MS);
    rng.cluster.api.delete('deployments', rng.namespace, 'rng');
    await rng.untilInRotation(0);
    expect((await rng.ticked(9 * MINUTE_MS)).news[0]).toBe('ops, thread of done (edited): recordClosed');
  });
});

describe('within one minute', () => {
  const isSlow = (late: string) => (request: Asked) =>
    isRead(request) && request.path.endsWith(`/${late}`) && request.query.get('labelSelector') !== null;

  test.each(['restore', 'finish'])('a tick says nothing about a pod during its %s', async (command) => {
    // The tick reads the pod before and the journal after the command, or the other way round.
    for (const late of command === 'finish' ? ['configmaps'] : ['configmaps', 'pods']) {
      let isTick = true;
      rng.intercept((request) => (isTick && isSlow(late)(request) ? { delayMs: 300 } : 'pass'));
      const tick = rng.tick(MINUTE_MS);
      await pass(50);
      isTick = false;
      await rng.type(`/rng ${command} rng-a`);
      expect((await tick).answer).toMatchObject({ did: [], trouble: [] });
      await rng.tickIdle(MINUTE_MS);
      if (command === 'restore') await rng.type('/rng drain rng-a');
    }
  });

  test('a pod that is restored by hand and drained again has the new report', async () => {
    rng.edit('rng-a', {
      labels: { app: 'rng', [DRAINED_FROM]: null },
      // Another pod is the surplus one.
      annotations: { 'pitlane.dev/drain': null, 'controller.kubernetes.io/pod-deletion-cost': '2147483647' },
    });
    await rng.untilInRotation(4);
    expect((await rng.type('/rng drain rng-a because again')).states).toContain('ops done');
    const second = rng.slack.workspace.messages.findLast(({ thread }) => thread === undefined);
    await rng.ticked(HOUR_MS);
    expect(rng.reminders('rng-a')).toBe(1);
    expect(rng.slack.workspace.messages.at(-1)?.thread).toBe(second?.ts);
  });
});
