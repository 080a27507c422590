import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { newCluster } from './cluster.ts';
import { startEventExpiry } from './event-expiry.ts';
import { apiOf } from './in-process.ts';

const MINUTE_MS = 60_000;

beforeEach(() => void vi.useFakeTimers({ now: Date.parse('2026-03-01T03:12:07Z') }));
afterEach(() => void vi.useRealTimers());

test('an event is deleted an hour after its last change', () => {
  const cluster = newCluster();
  const api = apiOf(cluster);
  const names = () => api.list('events').map(({ metadata }) => metadata.name);
  const stop = startEventExpiry(cluster);
  for (const name of ['old', 'repeated', 'deleted'])
    api.create('events', {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name, namespace: 'default' },
      involvedObject: { kind: 'Pod', name: 'rng-1', namespace: 'default' },
    });
  vi.advanceTimersByTime(30 * MINUTE_MS);
  api.mergePatch('events', 'default', 'repeated', { count: 2 });
  api.delete('events', 'default', 'deleted');
  vi.advanceTimersByTime(29 * MINUTE_MS);
  expect(names()).toEqual(['old', 'repeated']);
  vi.advanceTimersByTime(MINUTE_MS);
  expect(names()).toEqual(['repeated']);
  vi.advanceTimersByTime(30 * MINUTE_MS);
  expect(names()).toEqual([]);
  stop();
  expect(vi.getTimerCount()).toBe(0);
});
