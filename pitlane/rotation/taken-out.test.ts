import { describe, expect, test } from 'vitest';
import { rng, type SnapshotBuilder } from '../../test/builders/snapshot.ts';
import { DRAINED_FROM } from './marks.ts';
import { ownersToAsk, putBackLine, selectorsOfTakenOut, takenOut, takenOutText } from './taken-out.ts';

const HASH = { 'pod-template-hash': '5f69c6b7d8' };
const OWNER = { kind: 'ReplicaSet', name: 'rng-5f69c6b7d8', uid: '5e1c3a52-0000-4000-8000-00000000a001' };

/** b85tm without an owner and with these labels. */
const relabelled = (labels: Readonly<Record<string, string>>, given: SnapshotBuilder = rng()) =>
  given.bare('b85tm').pod('b85tm', { labels });

function found(given: SnapshotBuilder) {
  const snapshot = given.snapshot();
  return takenOut(snapshot, snapshot.pods).map(({ pod, back }) => [pod.name.slice(-5), back]);
}

const B85TM = [['b85tm', { app: 'rng' }]];

describe('a pod that was taken out by hand', () => {
  test.each<[name: string, given: SnapshotBuilder, want: unknown]>([
    ['lacks the label', relabelled(HASH), B85TM],
    ['has another value of it', relabelled({ ...HASH, app: 'debug' }), B85TM],
    ['lacks the label of its revision too', relabelled({}), [['b85tm', { app: 'rng', ...HASH }]]],
    ['has a label more', relabelled({ ...HASH, debug: 'true' }), B85TM],
    ['is known by its owner, where it still has one', rng().pod('b85tm', { labels: HASH, owner: OWNER }), B85TM],
    ['is not one that the service selects', relabelled({ ...HASH, app: 'rng' }), []],
    ['is not one of an old revision', relabelled({ 'pod-template-hash': '7c9d8b6f44' }), []],
    [
      'is not one with the name of another workload',
      relabelled(HASH).pod('b85tm', { name: 'web-5f69c6b7d8-b85tm' }),
      [],
    ],
    ['is not one of another controller', rng().pod('b85tm', { labels: HASH, owner: { ...OWNER, uid: 'other' } }), []],
    [
      'is not one with a name that a person has chosen',
      relabelled({}).pod('b85tm', { name: 'rng-5f69c6b7d8-debug' }),
      [],
    ],
    ['is not a drained one', relabelled({ ...HASH, [DRAINED_FROM]: 'rng' }), []],
    ['is not a terminating one', relabelled(HASH).terminating('b85tm'), []],
    ['is not one that has ended', relabelled(HASH).pod('b85tm', {}, { phase: 'Failed' }), []],
    ['is not one that only lacks the gate', rng().gated().disabled('b85tm', null), []],
    [
      'is not one whose label is not of the template: it may never have been in the service',
      relabelled(HASH).controller('ReplicaSet', { templateLabels: HASH }),
      [],
    ],
    ['is not one whose template could not be read', relabelled(HASH).withoutController('ReplicaSet'), []],
  ])('%s', (_, given, want) => {
    expect(found(given)).toEqual(want);
  });

  test('of a StatefulSet is known by its number', () => {
    const numbered = { 'apps.kubernetes.io/pod-index': '1' };
    const without = (labels: Readonly<Record<string, string>>) =>
      found(rng().statefulSet(3).bare('rng-1').pod('rng-1', { labels }));
    expect([without(numbered), without({})]).toEqual([[['rng-1', { app: 'rng' }]], []]);
  });

  test('has a sentence and a line', () => {
    const cases = [relabelled(HASH), relabelled({ app: 'debug' }), rng().pod('b85tm', { labels: HASH, owner: OWNER })];
    const said = cases.flatMap((given) => {
      const snapshot = given.snapshot();
      return takenOut(snapshot, snapshot.pods).map((each) => [
        takenOutText(snapshot, each),
        putBackLine(snapshot, each),
      ]);
    });
    expect(said).toEqual([
      [
        'rng-5f69c6b7d8-b85tm was in rng; lacks app=rng. It was taken out by hand. ReplicaSet rng-5f69c6b7d8 adopts it once its labels are back, and deletes it or another pod if it has too many.',
        'kubectl -n dockercoins label pod rng-5f69c6b7d8-b85tm app=rng',
      ],
      [
        'rng-5f69c6b7d8-b85tm was in rng; lacks pod-template-hash=5f69c6b7d8 and has app=debug instead of app=rng. It was taken out by hand. ReplicaSet rng-5f69c6b7d8 adopts it once its labels are back, and deletes it or another pod if it has too many.',
        'kubectl -n dockercoins label pod rng-5f69c6b7d8-b85tm --overwrite app=rng pod-template-hash=5f69c6b7d8',
      ],
      [
        'rng-5f69c6b7d8-b85tm was in rng; lacks app=rng. It was taken out by hand.',
        'kubectl -n dockercoins label pod rng-5f69c6b7d8-b85tm app=rng',
      ],
    ]);
  });
});

test('is looked for by the revisions of the members, and without one by what the service selects', () => {
  expect(selectorsOfTakenOut(rng().snapshot())).toEqual(['pod-template-hash=5f69c6b7d8']);
  expect(selectorsOfTakenOut(rng().daemonSet(2).snapshot())).toEqual(['controller-revision-hash=59bb7b5b6c']);
  expect(
    selectorsOfTakenOut(
      rng()
        .pod('', { labels: { app: 'rng' } })
        .snapshot(),
    ),
  ).toEqual(['app!=rng']);
  expect(selectorsOfTakenOut(rng().withoutSelector().snapshot())).toEqual([]);
});

test('asks no owner where nothing is suspicious', () => {
  const snapshot = rng().snapshot();
  expect(ownersToAsk(snapshot, snapshot.pods)).toEqual([]);
  const suspicious = relabelled(HASH).snapshot();
  expect(ownersToAsk(suspicious, suspicious.pods).map(({ name }) => name)).toEqual([OWNER.name]);
});
