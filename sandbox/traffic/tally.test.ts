import { expect, test } from 'vitest';
import { Tally } from './tally.ts';

test('counts failures by cause and by pod', () => {
  const tally = new Tally();
  tally.endpoints(2);
  tally.record({ pod: 'rng-a' });
  tally.record({ pod: 'rng-a', cause: 'serverError' });
  tally.record({ pod: 'rng-b', cause: 'refused' });
  tally.record({ cause: 'noEndpoint' });
  expect(tally.stats()).toEqual({
    requests: 4,
    failures: { noEndpoint: 1, refused: 1, cut: 0, timeout: 0, serverError: 1 },
    pods: { 'rng-a': { requests: 2, failures: 1 }, 'rng-b': { requests: 1, failures: 1 } },
    readyEndpoints: 2,
    lowestReadyEndpoints: 2,
  });
});

test('records the lowest number of ready endpoints', () => {
  const tally = new Tally();
  for (const ready of [4, 3, 5]) tally.endpoints(ready);
  const { readyEndpoints, lowestReadyEndpoints } = tally.stats();
  expect([readyEndpoints, lowestReadyEndpoints]).toEqual([5, 3]);
});
