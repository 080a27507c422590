import { afterEach, expect, test, vi } from 'vitest';
import { Tally } from './traffic/tally.ts';
import { TrafficReport } from './traffic-report.ts';

afterEach(() => {
  vi.useRealTimers();
});

test('the traffic before a change is that of the last minute, without that before an earlier change', async () => {
  vi.useFakeTimers();
  const tally = new Tally();
  const report = new TrafficReport({ stats: () => tally.stats() });
  /** Ten requests a second. */
  const pass = async (seconds: number, cause?: 'serverError') => {
    for (let request = 0; request < seconds * 10; request += 1) {
      tally.record({ pod: 'rng-a', cause });
      await vi.advanceTimersByTimeAsync(100);
    }
  };
  await pass(30);
  expect(report.before()).toBe('0.0 % of 300 requests failed');
  await pass(45, 'serverError');
  await pass(15);
  expect(report.before()).toBe('75.0 % of 600 requests failed (450 on rng-a)');
  const after = report.after();
  await pass(11);
  expect(await after).toMatch(/^0.0 % of 1\d\d requests failed$/);
  expect(report.before()).toBe('0.0 % of 110 requests failed');
});
