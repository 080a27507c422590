import { describe, expect, test } from 'vitest';
import { rng, type SnapshotBuilder } from '../../test/builders/snapshot.ts';
import { desiredPods, minimumInRotation } from './capacity.ts';
import { workloadOf } from './workload.ts';

const OTHER = { kind: 'ReplicaSet', name: 'other', uid: 'uid-of-other', apiVersion: 'apps/v1' };
const ROOT = { kind: 'Deployment', name: 'other', uid: 'uid-of-root', apiVersion: 'apps/v1' };

/** Another Deployment of the service, of that many pods. */
function withOther(given: SnapshotBuilder, ...names: readonly string[]): SnapshotBuilder {
  const selector = { matchLabels: { app: 'rng', hash: 'x' } };
  return names.reduce(
    (builder, name) => builder.another(name, { owner: OTHER, uid: name, labels: { app: 'rng' } }),
    given.withController({ ...OTHER, owner: ROOT, desired: names.length, selector }),
  );
}

describe('desiredPods', () => {
  test.each<[name: string, given: SnapshotBuilder, want: number]>([
    ['is what the Deployment wants', rng().notReady('hfbrr').desired(6), 6],
    [
      'counts pods of an owner that was not read one by one',
      rng().withoutController('ReplicaSet').withoutController('Deployment'),
      4,
    ],
    ['adds the pods of another Deployment', withOther(rng(), 'q1', 'q2', 'q3', 'q4'), 8],
    ['adds a drained pod of another Deployment until it is replaced', withOther(rng(), 'q1', 'q2').drained('q1'), 6],
    [
      'does not add one that is replaced',
      withOther(rng(), 'q1', 'q2')
        .drained('q1')
        .another('q3', { owner: OTHER, uid: 'q3', labels: { app: 'rng' } }),
      6,
    ],
    ['does not add a drained pod of the same Deployment', rng().drained('hfbrr'), 4],
    ['adds a drained pod that had no controller', rng().desired(3).bare('hfbrr').drained('hfbrr'), 4],
    [
      'does not add one that has ended',
      rng().desired(3).bare('hfbrr').drained('hfbrr').pod('hfbrr', {}, { phase: 'Failed' }),
      3,
    ],
    ['does not add canaries', rng().another('debug').canary('debug'), 4],
    ['does not add drained canaries', rng().another('debug').canary('debug').drained('debug'), 4],
  ])('%s', (_, given, want) => {
    const snapshot = given.about('b85tm');
    expect(desiredPods(snapshot, workloadOf(snapshot, snapshot.targets[0]?.owner))).toBe(want);
  });
});

describe('minimumInRotation', () => {
  test.each([
    [undefined, 1, 1],
    [undefined, 2, 1],
    [undefined, 3, 2],
    [undefined, 4, 3],
    [undefined, 30, 22],
    [undefined, 0, 1],
    [0, 4, 0],
    [5, 4, 5],
    ['75%' as const, 4, 3],
    ['76%' as const, 4, 4],
    ['0%' as const, 4, 0],
  ])('of %s and %i desired pods is %i', (minReady, desired, want) => {
    expect(minimumInRotation(minReady, desired)).toBe(want);
  });
});
