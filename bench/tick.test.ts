import { expect, test } from 'vitest';
import { measureTicks } from './tick.ts';

test.each([
  // A list of drained pods, two journals of each namespace, and in its minute a heartbeat and a look at the drained pods.
  ['of 1,000 namespaces on one cluster', { clusters: 1, namespaces: 1_000 }, 1 + 2 * 1_000 + 500],
  ['of 10 namespaces on each of 100 clusters', { clusters: 100, namespaces: 10 }, 100 * 60 + 6],
])('a tick %s keeps its connections, and needs less than 300 MB', async (_, size, mostRequests) => {
  const { ticks, peakMb } = await measureTicks('embedded', size);
  const [cold, ...warm] = ticks.map(({ connections }) => connections);
  expect(cold).toBeLessThanOrEqual(Math.max(4 * 16, 4 * size.clusters));
  for (const connections of warm) expect(connections).toBeLessThanOrEqual(10);
  expect(Math.max(...ticks.map(({ requests }) => requests))).toBeLessThanOrEqual(mostRequests);
  expect(ticks.map(({ namespaces }) => namespaces)).toEqual(Array(3).fill(1_000));
  expect(peakMb).toBeLessThan(300);
});
