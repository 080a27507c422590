import { expect, test } from 'vitest';
import { rng, type SnapshotBuilder } from '../../test/builders/snapshot.ts';
import type { Connection } from '../cluster/connection.ts';
import { fakeApi, ok } from '../cluster/fake/api.ts';
import { jsonPod } from '../cluster/fake/objects.ts';
import { findPods } from './find-pods.ts';

const RECORD = JSON.stringify({
  v: 1,
  id: 'op-earlier',
  service: 'hasher',
  labels: { app: 'hasher' },
  was: 'in rotation',
  annotations: {},
  by: 'alice',
  at: '2026-11-24T03:02:07Z',
  then: 'remind',
});

async function offered(given: SnapshotBuilder, command: 'drain' | 'restore' | 'extend' | 'finish') {
  const request = { command, service: 'rng', dryRun: false, force: false };
  const found = await findPods({} as Connection, given.snapshot(), request);
  return found.kind === 'choice' ? found.candidates.map(({ pod }) => pod.name.slice(-5)) : found;
}

test.each([
  ['drain', ['b85tm']],
  ['restore', ['hfbrr']],
  ['extend', ['hfbrr']],
  ['finish', ['7pt82', 'hfbrr']],
] as const)('%s offers a pod that has ended only to be finished', async (command, want) => {
  const given = rng().pods(3).drained('hfbrr').drained('7pt82').pod('7pt82', {}, { phase: 'Failed', isReady: false });
  given.another('gone1', { status: 'Evicted' }).pod('gone1', {}, { phase: 'Failed', isReady: false });
  expect(await offered(given, command)).toEqual(want);
});

test('finish offers a canary, in rotation or not, until it is terminating', async () => {
  const given = rng().pods(3).canary('b85tm').canary('hfbrr').notReady('hfbrr').canary('7pt82').terminating('7pt82');
  expect(await offered(given, 'finish')).toEqual(['hfbrr', 'b85tm']);
});

test.each([
  ['restore', 'rng has no drained pod to restore.'],
  ['extend', 'rng has no drained pod to extend.'],
  ['finish', 'rng has no drained pod or canary to finish.'],
] as const)('%s is refused if there is no pod to choose from', async (command, message) => {
  expect(await offered(rng(), command)).toEqual({ kind: 'notUnderstood', code: 'NoPods', message, instead: ['list'] });
});

test.each(['drain', 'restore', 'extend', 'finish'] as const)(
  '%s finds a drained pod that no label leads to any more, and can tell that it is another service’s',
  async (command) => {
    const pod = jsonPod('rng-b85tm', (base) => ({
      ...base,
      metadata: { ...base.metadata, labels: {}, annotations: { 'pitlane.dev/drain': RECORD } },
    }));
    const { connection } = fakeApi(() => ok(pod));
    const request = { command, service: 'rng', pods: ['rng-b85tm'], dryRun: false, force: false };
    expect(await findPods(connection, rng().snapshot(), request)).toMatchObject({ kind: 'found' });
  },
);
