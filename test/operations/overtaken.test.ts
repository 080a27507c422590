import { beforeEach, describe, expect, test } from 'vitest';
import { GoldenFile } from '../golden.ts';
import { MINUTE_MS, RngWithTick } from './rng-with-tick.ts';

const rng = new RngWithTick();
const golden = new GoldenFile(import.meta.url);

describe('the report of a drain that continues by itself', () => {
  beforeEach(async () => {
    rng.runOutOfTime();
    await rng.type('/rng drain rng-a');
    expect(rng.news()[0]).toBe('ops: goesOn');
    rng.intercept(() => 'pass');
  });

  test('says that a restore superseded the drain', async () => {
    await rng.type('/rng restore rng-a');
    const { news, text } = await rng.ticked(MINUTE_MS);
    expect(news).toEqual(['ops (edited): superseded']);
    golden.expect(text);
    expect(rng.changedPods()).not.toContain('rng-a');
    await rng.tickIdle(MINUTE_MS);
  });

  test('says that a runbook cancelled the drain', async () => {
    expect(await rng.runbook({ command: 'cancel' })).toMatchObject({ outcome: 'cancelled', ok: true });
    const { news, text } = await rng.ticked(MINUTE_MS);
    expect(news).toEqual(['ops (edited): cancelled']);
    golden.expect(text);
    expect(rng.changedPods()).toEqual(['rng-a']);
    await rng.tickIdle(MINUTE_MS);
  });
});
