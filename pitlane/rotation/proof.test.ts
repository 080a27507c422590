import { describe, expect, test } from 'vitest';
import { NOW, rng } from '../../test/builders/snapshot.ts';
import { type Condition, milestone } from './plan.ts';
import { progressOf, saysMet } from './proof.ts';
import type { Snapshot } from './snapshot.ts';

const OWNER = { kind: 'ReplicaSet', name: 'rng-5f69c6b7d8', uid: '5e1c3a52-0000-4000-8000-00000000a001' };
const DAEMON = { kind: 'DaemonSet', name: 'rng', uid: '5e1c3a52-0000-4000-8000-00000000d002' };
const POD = { name: 'rng-5f69c6b7d8-b85tm', uid: '9a3f6f5e-0000-4000-8000-000000000001' };
const SECOND_POD = { name: 'rng-5f69c6b7d8-hfbrr', uid: '9a3f6f5e-0000-4000-8000-000000000002' };
const GONE = { ...POD, uid: 'gone' };

type Case = readonly [name: string, condition: Condition, given: Snapshot, want: 'met' | 'waiting' | 'lost'];

/** As a drain sees the members: without detail. */
function compact(snapshot: Snapshot): Snapshot {
  return { ...snapshot, pods: snapshot.pods.map(({ detail: _, ...pod }) => pod) };
}

function without(snapshot: Snapshot): Snapshot {
  return { ...snapshot, pods: snapshot.pods.filter(({ uid }) => uid !== POD.uid) };
}

function look(condition: Condition, snapshot: Snapshot): { readonly state: string; readonly seen: string } {
  const [progress] = progressOf([milestone(condition, '', 1)], snapshot);
  const state = progress?.isMet ? 'met' : progress?.isLost ? 'lost' : 'waiting';
  return { state, seen: progress?.seen ?? '' };
}

const unlisted = { kind: 'unlisted', pod: POD } as const satisfies Condition;
const released = { kind: 'released', pod: POD } as const satisfies Condition;
const created = { kind: 'replacementCreated', pods: [POD], owner: OWNER } as const satisfies Condition;
const ready = { kind: 'replacementReady', pods: [POD], owner: OWNER } as const satisfies Condition;
const bothCreated = { ...created, pods: [POD, SECOND_POD] } as const satisfies Condition;
const bothReady = { ...ready, pods: [POD, SECOND_POD] } as const satisfies Condition;
const inRotation = { kind: 'inRotation', pod: POD } as const satisfies Condition;
const adopted = { kind: 'adopted', pod: POD, owner: OWNER } as const satisfies Condition;
const surplusGone = { kind: 'surplusGone', pod: POD, owner: OWNER } as const satisfies Condition;
const unmarked = { kind: 'unmarked', pod: POD } as const satisfies Condition;
const more = { kind: 'extended', pod: POD, id: 'op-now' } as const satisfies Condition;
const gone = { kind: 'gone', pod: POD } as const satisfies Condition;

function drainCases(): readonly Case[] {
  const drained = rng().drained('b85tm').snapshot();
  const putBack = () =>
    rng()
      .drained('b85tm')
      .pod('b85tm', { labels: { app: 'rng', 'pitlane.dev/drained-from': 'rng' } })
      .snapshot();
  const adoptedByAnother = rng().drained('b85tm').pod('b85tm', { owner: DAEMON }).snapshot();
  const ownerGone = rng().drained('b85tm').controller('ReplicaSet', { deletedAt: NOW }).snapshot();
  const young = { createdAt: NOW, nodeName: undefined, status: 'Pending' };
  const pending = () => rng().drained('b85tm').another('x5new', young).notReady('x5new');
  const both = () => rng().drained('b85tm').drained('hfbrr').another('x5new', { createdAt: NOW });
  return [
    ['waits while the pod is in an EndpointSlice', unlisted, rng().snapshot(), 'waiting'],
    ['sees that the pod is out of the EndpointSlices', unlisted, drained, 'met'],
    ['gives up once a removed label is on the pod again', { ...unlisted, id: 'op-earlier' }, putBack(), 'lost'],
    ['does not take the mark of another drain for its own', { ...unlisted, id: 'op-now' }, putBack(), 'met'],
    ['gives up once another controller has adopted the pod', released, adoptedByAnother, 'lost'],
    ['gives up once the owner is deleted, with too few pods', created, ownerGone, 'lost'],
    ['waits while the owner has the pod', released, rng().snapshot(), 'waiting'],
    ['sees that the pod is released', released, drained, 'met'],
    ['loses a drained pod that was deleted', { ...released, pod: GONE }, rng().snapshot(), 'lost'],
    ['waits for a replacement while the owner has the pod', created, rng().snapshot(), 'waiting'],
    ['waits for a replacement', created, drained, 'waiting'],
    ['sees a replacement that is not scheduled', created, pending().snapshot(), 'met'],
    [
      'waits for a replacement beside a pod that was evicted long ago',
      created,
      compact(rng().drained('b85tm').another('gone1', { hasEnded: true, status: 'ContainerStatusUnknown' }).snapshot()),
      'waiting',
    ],
    [
      'sees a replacement that has crashed and starts again',
      created,
      compact(
        rng()
          .drained('b85tm')
          .another('x5new', { createdAt: NOW, status: 'Error', containers: { ready: 0, total: 1 } })
          .snapshot(),
      ),
      'met',
    ],
    [
      'sees the replacement of a DaemonSet pod that waits for its node',
      { ...created, owner: DAEMON, nodeName: 'node-1' },
      rng()
        .daemonSet(3)
        .drained('b85tm')
        .another('x5new', { owner: DAEMON, createdAt: NOW, nodeName: undefined, meantForNode: 'node-1' })
        .snapshot(),
      'met',
    ],
    ['waits for a replacement to be ready', ready, pending().snapshot(), 'waiting'],
    [
      'takes the pod that is not ready of two equally young ones for the replacement',
      ready,
      pending().pod('hfbrr', { createdAt: NOW }).snapshot(),
      'waiting',
    ],
    [
      'sees a replacement that is ready',
      ready,
      rng().drained('b85tm').another('x5new', { createdAt: NOW }).snapshot(),
      'met',
    ],
    ['needs no replacement where none is wanted', created, rng().pods(1).drained('b85tm').desired(0).snapshot(), 'met'],
    ['waits for the second of two replacements', bothCreated, both().snapshot(), 'waiting'],
    ['sees two replacements', bothCreated, both().another('y5new', young).snapshot(), 'met'],
    [
      'waits for one of two replacements to be ready',
      bothReady,
      both().another('y5new', young).notReady('y5new').snapshot(),
      'waiting',
    ],
    ['sees two replacements that are ready', bothReady, both().another('y5new', { createdAt: NOW }).snapshot(), 'met'],
  ];
}

function restoreCases(): readonly Case[] {
  const surplus = () => rng().another('x5new');
  return [
    ['sees that the pod is in rotation', inRotation, rng().snapshot(), 'met'],
    ['waits for the EndpointSlices', inRotation, rng().listed('b85tm', 'not at all').snapshot(), 'waiting'],
    ['loses a restored pod that was deleted', { ...inRotation, pod: GONE }, rng().snapshot(), 'lost'],
    ['sees that the pod is adopted', adopted, rng().snapshot(), 'met'],
    ['waits for the pod to be adopted', adopted, rng().bare('b85tm').snapshot(), 'waiting'],
    ['gives up once another controller has the pod', { ...adopted, owner: DAEMON }, rng().snapshot(), 'lost'],
    ['waits while the owner has a pod too many', surplusGone, surplus().snapshot(), 'waiting'],
    ['does not count a terminating pod as surplus', surplusGone, surplus().terminating('x5new').snapshot(), 'met'],
    ['waits for the adoption before it counts', surplusGone, surplus().bare('b85tm').snapshot(), 'waiting'],
    ['waits while the marks are on the pod', unmarked, rng().drained('b85tm').snapshot(), 'waiting'],
    ['sees that the marks are removed', unmarked, rng().snapshot(), 'met'],
  ];
}

function otherCases(): readonly Case[] {
  const extended = { id: 'op-now', by: 'bob', at: '2026-11-24T03:12:07Z' };
  const until = '2026-11-24T05:02:07Z';
  const drained = () => rng().drained('b85tm', { until, extended });
  const other = rng().drained('b85tm', { until, extended: { ...extended, id: 'op-other' } });
  return [
    ['sees that the pod has more time', more, drained().snapshot(), 'met'],
    ['waits while only another operation has extended the drain', more, other.snapshot(), 'waiting'],
    ['loses an extended pod that was deleted', more, without(drained().snapshot()), 'lost'],
    ['waits while the pod exists', gone, drained().snapshot(), 'waiting'],
    ['waits while the pod is terminating', gone, drained().terminating('b85tm').snapshot(), 'waiting'],
    ['sees that the pod is gone', gone, without(drained().snapshot()), 'met'],
  ];
}

const CASES = [...drainCases(), ...restoreCases(), ...otherCases()];

describe('progressOf', () => {
  test.each(CASES)('%s', (_, condition, given, want) => {
    expect(look(condition, given).state).toBe(want);
  });

  test('has the sentences of the golden file', async () => {
    const lines = CASES.map(([, condition, given, want]) => `${want}: ${look(condition, given).seen}\n`);
    await expect([...new Set(lines)].join('')).toMatchFileSnapshot('golden/progress.golden.txt');
  });
});

test('names the replacement that was created', () => {
  const proof = [milestone(unlisted, 'Unlisted', 1), milestone(created, 'Created', 1)];
  const given = rng().drained('b85tm').another('x5new', { createdAt: NOW }).snapshot();
  expect(progressOf(proof, given).map(saysMet)).toEqual(['Unlisted', 'Created: rng-5f69c6b7d8-x5new, on node-2']);
});
