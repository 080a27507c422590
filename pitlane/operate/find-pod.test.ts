import { expect, test } from 'vitest';
import { rng } from '../../test/builders/snapshot.ts';
import type { Connection } from '../cluster/connection.ts';
import { findPod } from './find-pod.ts';

test('a pod that has ended is not offered to be drained or restored: both would be refused', async () => {
  const given = rng().pods(3).drained('hfbrr').drained('7pt82').pod('7pt82', {}, { phase: 'Failed' });
  given.another('gone1', { status: 'Evicted' }).pod('gone1', {}, { phase: 'Failed', isReady: false });
  const offered = async (command: 'drain' | 'restore') => {
    const request = { command, service: 'rng', dryRun: false, force: false };
    const found = await findPod({} as Connection, given.snapshot(), request);
    return found.kind === 'choice' ? found.candidates.map(({ pod }) => pod.name.slice(-5)) : found;
  };
  expect([await offered('drain'), await offered('restore')]).toEqual([['b85tm'], ['hfbrr']]);
});
