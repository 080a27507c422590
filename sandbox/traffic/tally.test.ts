import { expect, test } from 'vitest';
import { Tally } from './tally.ts';

const start = Date.parse('2026-11-24T03:12:07Z');

test('counts failures by cause and by pod', () => {
  const tally = new Tally();
  tally.endpoints(2);
  tally.record({ at: start, latencyMs: 4, pod: 'rng-a' });
  tally.record({ at: start, latencyMs: 9, pod: 'rng-a', cause: 'serverError' });
  tally.record({ at: start, latencyMs: 1, pod: 'rng-b', cause: 'refused' });
  tally.record({ at: start, latencyMs: 0, cause: 'noEndpoint' });
  expect(tally.stats(start)).toEqual({
    requests: 4,
    failures: { noEndpoint: 1, refused: 1, cut: 0, timeout: 0, serverError: 1 },
    pods: { 'rng-a': { requests: 2, failures: 1 }, 'rng-b': { requests: 1, failures: 1 } },
    latencyMs: { median: 4, p99: 4, max: 4 },
    recentFailureShare: 0.75,
    readyEndpoints: 2,
    lowestReadyEndpoints: 2,
  });
});

test('does not count a failure older than 5 seconds as recent', () => {
  const tally = new Tally();
  tally.record({ at: start, latencyMs: 1, cause: 'refused' });
  tally.record({ at: start + 4_000, latencyMs: 1, pod: 'rng-a' });
  const shares = [4_999, 5_000, 9_000].map((later) => tally.stats(start + later).recentFailureShare);
  expect(shares).toEqual([0.5, 0, 0]);
});

test('records the lowest number of ready endpoints', () => {
  const tally = new Tally();
  for (const ready of [4, 3, 5]) tally.endpoints(ready);
  const { readyEndpoints, lowestReadyEndpoints } = tally.stats(start);
  expect([readyEndpoints, lowestReadyEndpoints]).toEqual([5, 3]);
});

test('reports the latencies of the last 1000 answers', () => {
  const tally = new Tally();
  for (let i = 0; i < 500; i++) tally.record({ at: start, latencyMs: 900, pod: 'rng-a' });
  for (let i = 1; i <= 1000; i++) tally.record({ at: start, latencyMs: i / 10, pod: 'rng-a' });
  expect(tally.stats(start).latencyMs).toEqual({ median: 50, p99: 99, max: 100 });
});
