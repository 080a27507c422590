import { describe, expect, test } from 'vitest';
import { rng, type SnapshotBuilder } from '../../test/builders/snapshot.ts';
import type { Connection } from '../cluster/connection.ts';
import { fakeApi, ok, status } from '../cluster/fake/api.fixture.ts';
import { jsonPod } from '../cluster/fake/objects.fixture.ts';
import type { ChangeRequest } from '../command/request.ts';
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

async function offered(given: SnapshotBuilder, command: 'drain' | 'restore' | 'enable' | 'extend' | 'finish') {
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
  ['extend', 'rng has no drained or disabled pod with an end to extend.'],
  ['enable', 'rng has no disabled pod to enable.'],
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

describe('several pods', () => {
  const drain = { command: 'drain', service: 'rng', dryRun: false, force: false };
  const find = (given: SnapshotBuilder, about: Partial<ChangeRequest>) =>
    findPods({} as Connection, given.snapshot(), { ...drain, ...about });

  test('are found once each, however often they are named', async () => {
    const found = await find(rng(), { pods: ['b85tm', 'rng-5f69c6b7d8-b85tm', 'hfbrr'] });
    expect(found).toMatchObject({
      kind: 'found',
      pods: [/b85tm$/, /hfbrr$/].map((name) => ({ name: expect.stringMatching(name) })),
    });
  });

  test('keep the way they were selected, also where it is only one', async () => {
    const given = rng().pod('b85tm', { labels: { app: 'rng', track: 'canary' } });
    expect(await find(given, { selector: 'track=canary' })).toMatchObject({
      kind: 'found',
      pods: [{ name: expect.stringMatching(/b85tm$/) }],
      by: '-l track=canary',
    });
    expect(await find(rng(), { node: 'node-2' })).toMatchObject({ kind: 'found', by: '--node node-2' });
  });

  test.each<[name: string, given: SnapshotBuilder, about: Partial<ChangeRequest>, code: string]>([
    ['a selector matches none', rng(), { selector: 'app=hasher' }, 'NoPods'],
    ['a selector matches only pods of another kind of state', rng().drained('b85tm'), { selector: '!app' }, 'NoPods'],
    ['a selector matches more than the limit', rng().pods(101), { selector: 'app=rng' }, 'TooManyPods'],
    ['a node has more than the limit', rng().pods(303), { node: 'node-1' }, 'TooManyPods'],
    ['300 are named', rng(), { pods: Array.from({ length: 300 }, (_, index) => `rng-${index}`) }, 'TooManyPods'],
    ['the node does not exist', rng(), { node: 'node-9' }, 'NodeUnknown'],
    ['a selector is invalid', rng(), { selector: 'app in' }, 'SelectorInvalid'],
  ])('are not found where %s', async (_, given, about, code) => {
    expect(await find(given, about)).toMatchObject({ kind: 'notUnderstood', code });
  });

  test('are found up to the limit of 100', async () => {
    expect(await find(rng().pods(100), { selector: 'app=rng' })).toMatchObject({ kind: 'found' });
  });

  test('are all refused where one belongs to another service', async () => {
    const { connection } = fakeApi(() => ok(jsonPod('hasher-x2k9d')));
    const pods = ['b85tm', 'hasher-x2k9d'];
    expect(await findPods(connection, rng().snapshot(), { ...drain, pods })).toMatchObject({
      kind: 'notUnderstood',
      code: 'PodsUnknown',
      instead: ['list'],
    });
  });

  test('are proposed as a reason where no pod has the further names', async () => {
    const { connection } = fakeApi(() => status(404, 'not found'));
    const pods = ['b85tm', '5xx', 'again'];
    expect(await findPods(connection, rng().snapshot(), { ...drain, pods })).toMatchObject({
      code: 'PodsUnknown',
      instead: ['drain b85tm because 5xx again', 'list'],
    });
  });
});
