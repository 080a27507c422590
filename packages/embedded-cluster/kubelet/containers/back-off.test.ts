import { expect, test } from 'vitest';
import { afterRestart, type BackOff, goDuration, restartDelayMs } from './back-off.ts';

test('delays the restarts of a crashing container by 0, 10, 20, 40, 80, 160, 300, 300 seconds', () => {
  let known: BackOff | undefined;
  let now = Date.parse('2026-11-24T03:12:07Z');
  const waited: number[] = [];
  for (let crash = 0; crash < 8; crash++) {
    const finishedAt = now + 1_000;
    const delayMs = restartDelayMs(known, finishedAt);
    waited.push(delayMs / 1000);
    now = finishedAt + delayMs;
    known = afterRestart(known, finishedAt, now);
  }
  expect(waited).toEqual([0, 10, 20, 40, 80, 160, 300, 300]);
});

test.each([
  ['keeps the delay after a run of exactly ten minutes', 600_000, 40_000],
  ['resets the delay after a run of more than ten minutes', 600_001, 0],
])('%s', (_, ranMs, wantMs) => {
  const since = Date.parse('2026-11-24T03:12:07Z');
  expect(restartDelayMs({ delayMs: 40_000, since }, since + ranMs)).toBe(wantMs);
});

test.each([
  [200, '200ms'],
  [10_000, '10s'],
  [80_000, '1m20s'],
  [300_000, '5m0s'],
])('formats %d ms as %s', (milliseconds, want) => {
  expect(goDuration(milliseconds)).toBe(want);
});
