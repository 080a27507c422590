import { beforeEach, describe, expect, test } from 'vitest';
import { MINUTE_MS, RngAndTheClock } from './rng-and-the-clock.ts';

const rng = new RngAndTheClock();

describe('a message that says that pitlane goes on by itself', () => {
  beforeEach(async () => {
    rng.runOutOfTime();
    await rng.type('/rng drain rng-a');
    expect(rng.news()[0]).toContain('Pitlane goes on by itself within two minutes and edits this message');
    rng.intercept(() => 'pass');
  });

  /** Of the drain, once the clock has called. */
  const atLast = async () => (await rng.ticked(MINUTE_MS)).news.filter((message) => message.startsWith('ops (edited)'));

  test('says that it did not, where somebody asks for something else on the pod before it could', async () => {
    await rng.type('/rng restore rng-a');
    const [message = '', ...others] = await atLast();
    expect(others).toEqual([]);
    expect(message).toContain('who has asked to restore it since (operation ');
    // Another of the four may be the one too many.
    expect(rng.changedPods()).not.toContain('rng-a');
    expect(await rng.ticked(MINUTE_MS)).toEqual({ news: [], did: [] });
  });

  test('says that it was cancelled, where a runbook did that', async () => {
    expect(await rng.runbook({ command: 'cancel' })).toMatchObject({ outcome: 'cancelled', ok: true });
    const [message = '', ...others] = await atLast();
    expect(others).toEqual([]);
    expect(message).toContain('cancelled');
    expect(message).toContain('An earlier run has changed rng-a already.');
    expect(rng.changedPods()).toEqual(['rng-a']);
    expect(await rng.ticked(MINUTE_MS)).toEqual({ news: [], did: [] });
  });
});
