import { describe, expect, test } from 'vitest';
import { NOW, rng } from '../../test/builders/snapshot.ts';
import { type Condition, milestone } from './plan.ts';
import { progressOf, saysMet } from './proof.ts';
import type { Snapshot } from './snapshot.ts';

const OWNER = { kind: 'ReplicaSet', name: 'rng-5f69c6b7d8', uid: '5e1c3a52-0000-4000-8000-00000000a001' };
const DAEMON = { kind: 'DaemonSet', name: 'rng', uid: '5e1c3a52-0000-4000-8000-00000000d002' };
const POD = { name: 'rng-5f69c6b7d8-b85tm', uid: '9a3f6f5e-0000-4000-8000-000000000001' };

/** As a drain sees the members: without detail. */
function compact(snapshot: Snapshot): Snapshot {
  return { ...snapshot, pods: snapshot.pods.map(({ detail: _, ...pod }) => pod) };
}

function look(condition: Condition, snapshot: Snapshot): readonly [isMet: boolean, seen: string, isLost: boolean] {
  const [progress] = progressOf([milestone(condition, '', 1)], snapshot);
  return [progress?.isMet ?? false, progress?.seen ?? '', progress?.isLost ?? false];
}

describe('how far an extension and a finish have come', () => {
  const extended = { id: 'op-now', by: 'bob', at: '2026-11-24T03:12:07Z' };
  const until = '2026-11-24T05:02:07Z';
  const more: Condition = { kind: 'extended', pod: POD, id: 'op-now' };
  const gone: Condition = { kind: 'gone', pod: POD };
  const without = (snapshot: Snapshot): Snapshot => ({
    ...snapshot,
    pods: snapshot.pods.filter(({ uid }) => uid !== POD.uid),
  });
  test.each<[name: string, condition: Condition, given: Snapshot, want: readonly [boolean, string, boolean]]>([
    [
      'the new time is noted',
      more,
      rng().drained('b85tm', { until, extended }).snapshot(),
      [true, 'rng-5f69c6b7d8-b85tm stays drained until 2026-11-24 05:02:07 UTC', false],
    ],
    [
      'another operation has given it time',
      more,
      rng()
        .drained('b85tm', { until, extended: { ...extended, id: 'op-other' } })
        .snapshot(),
      [false, 'the record on rng-5f69c6b7d8-b85tm does not have the new time yet', false],
    ],
    [
      'the pod to be looked at is gone',
      more,
      without(rng().drained('b85tm').snapshot()),
      [false, 'rng-5f69c6b7d8-b85tm is gone', true],
    ],
    [
      'nobody has deleted it',
      gone,
      rng().drained('b85tm').snapshot(),
      [false, 'rng-5f69c6b7d8-b85tm is still there', false],
    ],
    [
      'its containers end',
      gone,
      rng().drained('b85tm').terminating('b85tm').snapshot(),
      [false, 'rng-5f69c6b7d8-b85tm is being deleted, to be gone by 2026-11-24 03:12:02 UTC', false],
    ],
    ['gone', gone, without(rng().drained('b85tm').snapshot()), [true, 'rng-5f69c6b7d8-b85tm is gone', false]],
  ])('%s', (_, condition, given, want) => {
    expect(look(condition, given)).toEqual(want);
  });
});

describe('how far a drain has come', () => {
  const drained = rng().drained('b85tm');
  const created = rng()
    .drained('b85tm')
    .another('x5new', { createdAt: NOW, nodeName: undefined, status: 'Pending' })
    .notReady('x5new');
  const whole = rng().drained('b85tm').another('x5new', { createdAt: NOW });
  test.each<[name: string, condition: Condition, given: Snapshot, want: readonly [boolean, string]]>([
    [
      'still listed',
      { kind: 'unlisted', pod: POD },
      rng().snapshot(),
      [false, 'rng-5f69c6b7d8-b85tm still stands in 1 EndpointSlice'],
    ],
    [
      'not listed',
      { kind: 'unlisted', pod: POD },
      drained.snapshot(),
      [true, 'rng-5f69c6b7d8-b85tm is in no EndpointSlice'],
    ],
    [
      'still owned',
      { kind: 'released', pod: POD },
      rng().snapshot(),
      [false, 'ReplicaSet rng-5f69c6b7d8 still owns rng-5f69c6b7d8-b85tm'],
    ],
    ['let go', { kind: 'released', pod: POD }, drained.snapshot(), [true, 'rng-5f69c6b7d8-b85tm has no controller']],
    [
      'nothing created, as long as the pod is still owned',
      { kind: 'replacementCreated', pods: [POD], owner: OWNER },
      rng().snapshot(),
      [false, 'ReplicaSet rng-5f69c6b7d8 has 3 of 4 pods'],
    ],
    [
      'nothing created',
      { kind: 'replacementCreated', pods: [POD], owner: OWNER },
      drained.snapshot(),
      [false, 'ReplicaSet rng-5f69c6b7d8 has 3 of 4 pods'],
    ],
    [
      'created, not scheduled',
      { kind: 'replacementCreated', pods: [POD], owner: OWNER },
      created.snapshot(),
      [true, 'rng-5f69c6b7d8-x5new, not scheduled yet'],
    ],
    [
      'nothing created, beside a pod that was evicted long ago',
      { kind: 'replacementCreated', pods: [POD], owner: OWNER },
      compact(rng().drained('b85tm').another('gone1', { hasEnded: true, status: 'ContainerStatusUnknown' }).snapshot()),
      [false, 'ReplicaSet rng-5f69c6b7d8 has 3 of 4 pods'],
    ],
    [
      'created, crashed and about to start again',
      { kind: 'replacementCreated', pods: [POD], owner: OWNER },
      compact(
        rng()
          .drained('b85tm')
          .another('x5new', { createdAt: NOW, status: 'Error', containers: { ready: 0, total: 1 } })
          .snapshot(),
      ),
      [true, 'rng-5f69c6b7d8-x5new, on node-2'],
    ],
    [
      'created on the node of a DaemonSet, where it waits for the host port',
      { kind: 'replacementCreated', pods: [POD], owner: DAEMON, nodeName: 'node-1' },
      rng()
        .daemonSet(3)
        .drained('b85tm')
        .another('x5new', { owner: DAEMON, createdAt: NOW, nodeName: undefined, meantForNode: 'node-1' })
        .snapshot(),
      [true, 'rng-5f69c6b7d8-x5new, not scheduled yet'],
    ],
    [
      'not ready',
      { kind: 'replacementReady', pods: [POD], owner: OWNER },
      created.snapshot(),
      [false, 'rng-5f69c6b7d8-x5new, not scheduled yet: Pending'],
    ],
    [
      'not ready, and as young as one that is',
      { kind: 'replacementReady', pods: [POD], owner: OWNER },
      created.pod('hfbrr', { createdAt: NOW }).snapshot(),
      [false, 'rng-5f69c6b7d8-x5new, not scheduled yet: Pending'],
    ],
    [
      'ready',
      { kind: 'replacementReady', pods: [POD], owner: OWNER },
      whole.snapshot(),
      [true, 'rng-5f69c6b7d8-x5new is a ready endpoint'],
    ],
  ])('%s', (_, condition, given, want) => {
    expect(look(condition, given)).toEqual([...want, false]);
  });
});

test('a replacement is told by its name, everything else by what has become true', () => {
  const proof = [
    milestone({ kind: 'unlisted', pod: POD }, 'unlisted is true', 1),
    milestone({ kind: 'replacementCreated', pods: [POD], owner: OWNER }, 'replacementCreated is true', 1),
  ];
  const given = rng().drained('b85tm').another('x5new', { createdAt: NOW }).snapshot();
  expect(progressOf(proof, given).map(saysMet)).toEqual([
    'unlisted is true',
    'replacementCreated is true: rng-5f69c6b7d8-x5new, on node-2',
  ]);
});

describe('how far a restore has come', () => {
  test.each<[name: string, condition: Condition, given: Snapshot, want: readonly [boolean, string, boolean]]>([
    [
      'in rotation',
      { kind: 'inRotation', pod: POD },
      rng().snapshot(),
      [true, 'rng-5f69c6b7d8-b85tm is a ready endpoint', false],
    ],
    [
      'labels back, slices behind',
      { kind: 'inRotation', pod: POD },
      rng().listed('b85tm', 'not at all').snapshot(),
      [false, 'rng-5f69c6b7d8-b85tm is no ready endpoint yet', false],
    ],
    [
      'killed meanwhile',
      { kind: 'inRotation', pod: { ...POD, uid: 'gone' } },
      rng().snapshot(),
      [false, 'rng-5f69c6b7d8-b85tm is gone', true],
    ],
    [
      'adopted',
      { kind: 'adopted', pod: POD, owner: OWNER },
      rng().snapshot(),
      [true, 'ReplicaSet rng-5f69c6b7d8 owns rng-5f69c6b7d8-b85tm', false],
    ],
    [
      'not adopted',
      { kind: 'adopted', pod: POD, owner: OWNER },
      rng().bare('b85tm').snapshot(),
      [false, 'nothing owns rng-5f69c6b7d8-b85tm yet', false],
    ],
    [
      'a pod too many',
      { kind: 'surplusGone', pod: POD, owner: OWNER },
      rng().another('x5new').snapshot(),
      [false, 'ReplicaSet rng-5f69c6b7d8 has 5 of 4 pods', false],
    ],
    [
      'the surplus pod is terminating',
      { kind: 'surplusGone', pod: POD, owner: OWNER },
      rng().another('x5new').terminating('x5new').snapshot(),
      [true, 'ReplicaSet rng-5f69c6b7d8 has 4 of 4 pods', false],
    ],
    [
      'not taken back yet, so no pod is too many yet',
      { kind: 'surplusGone', pod: POD, owner: OWNER },
      rng().bare('b85tm').another('x5new').snapshot(),
      [false, 'ReplicaSet rng-5f69c6b7d8 has not taken rng-5f69c6b7d8-b85tm back yet', false],
    ],
    [
      'adopted by another',
      { kind: 'adopted', pod: POD, owner: { ...OWNER, uid: 'another' } },
      rng().snapshot(),
      [false, 'ReplicaSet rng-5f69c6b7d8 owns rng-5f69c6b7d8-b85tm', false],
    ],
    [
      'the drained pod was deleted meanwhile',
      { kind: 'released', pod: { ...POD, uid: 'gone' } },
      rng().snapshot(),
      [false, 'rng-5f69c6b7d8-b85tm is gone', true],
    ],
    [
      'still marked',
      { kind: 'unmarked', pod: POD },
      rng().drained('b85tm').snapshot(),
      [false, "rng-5f69c6b7d8-b85tm still carries pitlane's marks", false],
    ],
    [
      'no marks',
      { kind: 'unmarked', pod: POD },
      rng().snapshot(),
      [true, 'rng-5f69c6b7d8-b85tm carries no marks', false],
    ],
  ])('%s', (_, condition, given, want) => {
    expect(look(condition, given)).toEqual(want);
  });
});
