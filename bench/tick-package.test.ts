import { expect, test } from 'vitest';
import { measureTicks } from './tick.ts';

/** The two journals of each namespace; in each minute the heartbeats of 100 and the drained pods of 10. */
const REQUESTS = 1_000 * 2 + 100 * 2 + 10 * 15;

test.each([
  // One list of the drained pods.
  ['1,000 namespaces on one cluster', { clusters: 1, namespaces: 1_000 }, REQUESTS + 1],
  // A list in each namespace, and the marks of silent clusters.
  ['10 namespaces on each of 100 clusters', { clusters: 100, namespaces: 10 }, REQUESTS + 1_000 + 3],
])('a tick of %s keeps its connections, and needs less than 300 MB', async (_, size, mostRequests) => {
  const { ticks, peakMb } = await measureTicks('embedded', size);
  expect(ticks.map(({ namespaces }) => namespaces)).toEqual(Array(3).fill(1_000));
  expect(Math.max(...ticks.map(({ requests }) => requests))).toBeLessThanOrEqual(mostRequests);
  const connections = ticks.reduce((sum, tick) => sum + tick.connections, 0);
  // Many on a slow machine, where a place that takes longer makes room for the next one.
  expect(connections).toBeLessThan(mostRequests / 2);
  expect(peakMb).toBeLessThan(300);
});
