import { describe, expect, test } from 'vitest';
import { findings, planned } from '../../../test/builders/plan.ts';
import { finishOf, rng, type SnapshotBuilder } from '../../../test/builders/snapshot.ts';
import { CANARY, DRAIN, DRAINED_FROM } from '../../rotation/marks.ts';
import { type Plan, proofOf, type Refusal, writesOf } from '../../rotation/plan.ts';
import { progressOf } from '../../rotation/proof.ts';
import type { TargetPod } from '../../rotation/snapshot.ts';
import { planOf } from '../planners.ts';

const POD = 'rng-5f69c6b7d8-b85tm';
const UID = '9a3f6f5e-0000-4000-8000-000000000001';
const REPLICA_SET = { kind: 'ReplicaSet', name: 'rng-5f69c6b7d8', uid: '5e1c3a52-0000-4000-8000-00000000a001' };

function finish(builder: SnapshotBuilder, suffix = 'b85tm', force = false): Plan | Refusal {
  const snapshot = builder.about(suffix);
  return planOf(snapshot, finishOf(snapshot, force));
}

/** rng with b85tm drained, and replaced by `x5new`. */
function replaced(): SnapshotBuilder {
  return rng().drained('b85tm').another('x5new');
}

/** A pod of a DaemonSet that is drained and keeps what its replacement needs on the same node. */
function waitedFor(): SnapshotBuilder {
  const container = { name: 'rng', image: 'i', hasLivenessProbe: false, isReady: true, restarts: 0, state: 'running' };
  return rng()
    .daemonSet(3)
    .pod('b85tm', {}, { containers: [{ ...container, hostPorts: [80] }] })
    .drained('b85tm');
}

describe('what stands in the way of a finish', () => {
  const restoring = { id: 'op-restore', by: 'carol', at: '2026-11-24T03:11:00Z' };
  const cases: readonly [name: string, given: SnapshotBuilder, want: readonly string[]][] = [
    ['a drained pod that is replaced', replaced(), []],
    ['a drained pod that has ended', replaced().pod('b85tm', { status: 'Error' }, { phase: 'Failed' }), []],
    ['a drained pod that had no controller', rng().another('x5new').bare('b85tm').drained('b85tm'), []],
    ['a drained pod whose owner is gone', replaced().withoutController('ReplicaSet'), []],
    ['a drained pod whose owner is being deleted', replaced().controller('ReplicaSet', { deletedAt: 1 }), []],
    ['a drained pod of an old revision', replaced().controller('ReplicaSet', { desired: 0 }), []],
    ['a pod in rotation', rng(), ['refusal NotDrained']],
    [
      'a pod drained from another service',
      rng().drained('b85tm', { service: 'hasher' }),
      ['refusal DrainedFromAnother'],
    ],
    [
      'a record of a later version',
      rng().pod('b85tm', { annotations: { [DRAIN]: '{"v":2}' } }),
      ['refusal UnreadableRecord'],
    ],
    [
      'marked as drained, but its record is gone',
      rng().pod('b85tm', { labels: { [DRAINED_FROM]: 'rng' } }),
      ['refusal RecordGone'],
    ],
    ['a restore is under way', rng().drained('b85tm', { restoring }).another('x5new'), ['refusal BeingRestored']],
    [
      'somebody has put its labels back',
      replaced().pod('b85tm', { labels: { app: 'rng', [DRAINED_FROM]: 'rng' } }),
      ['refusal TakesTraffic'],
    ],
    ['its controller has it yet', replaced().pod('b85tm', { owner: REPLICA_SET }), ['refusal HasController']],
    [
      'its labels are back, and its controller has it again',
      replaced().pod('b85tm', { labels: { app: 'rng', [DRAINED_FROM]: 'rng' }, owner: REPLICA_SET }),
      ['refusal TakesTraffic', 'refusal HasController'],
    ],
    ['its replacement is not there yet', rng().drained('b85tm'), ['warning ReplacementNotReady']],
    ['its replacement is not ready yet', replaced().notReady('x5new'), ['warning ReplacementNotReady']],
    [
      'one more is not ready, and the service is below its minimum',
      replaced().notReady('x5new').notReady('hfbrr'),
      ['warning ServiceBelowMinimum', 'warning ReplacementNotReady'],
    ],
    ['exactly at the minimum', replaced().policy({ minReady: 4 }), []],
    ['one below the minimum', replaced().policy({ minReady: 5 }), ['warning ServiceBelowMinimum']],
    [
      'scaled to zero: nobody misses it',
      rng()
        .drained('b85tm')
        .pod('hfbrr', { deletedAt: 1 })
        .pod('7pt82', { deletedAt: 1 })
        .pod('x2k9d', { deletedAt: 1 })
        .desired(0),
      [],
    ],
    ['a pod of a DaemonSet, replaced on its node', daemonReplaced('node-1'), []],
    ['a pod of a DaemonSet, not replaced on its node', daemonReplaced('node-2'), ['warning ReplacementNotReady']],
    ['its replacement waits for its host port', waitedFor(), []],
    ['a service without a selector', replaced().withoutSelector(), []],
    ['a canary in rotation', rng().canary('b85tm').another('x5new'), []],
    ['a canary out of rotation', rng().canary('b85tm').notReady('b85tm'), []],
    ['a canary at the minimum', rng().pods(3).canary('b85tm').policy({ minReady: 3 }), ['refusal BelowMinimum']],
    [
      'a canary of another service',
      rng()
        .bare('b85tm')
        .pod('b85tm', { labels: { [CANARY]: 'web' } }),
      ['refusal NotDrained'],
    ],
    [
      'a canary that a controller owns',
      rng().pod('b85tm', { labels: { app: 'rng', [CANARY]: 'rng' } }),
      ['refusal HasController'],
    ],
    ['a canary that is drained', rng().canary('b85tm').drained('b85tm').another('x5new').desired(3), []],
  ];
  test.each(cases)('%s', (_, given, want) => {
    expect(findings(finish(given))).toEqual(want);
  });

  test('the slices do not know yet that it is drained', () => {
    const before = rng().another('x5new').about('b85tm');
    const snapshot = { ...replaced().about('b85tm'), endpoints: before.endpoints };
    expect(findings(planOf(snapshot, finishOf(snapshot)))).toEqual(['warning StillListed']);
  });

  test('a canary that the service needs goes with --force alone', () => {
    const given = rng().pods(3).canary('b85tm').policy({ minReady: 3 });
    expect(finish(given)).toMatchObject({ kind: 'refusal', isForceable: true });
    expect(findings(finish(given, 'b85tm', true))).toEqual(['overridden BelowMinimum']);
  });

  test.each([
    [
      rng().drained('b85tm').notReady('hfbrr'),
      [
        `rng has 2 pods in rotation and must keep 3 of 4: ${POD} may still be wanted.`,
        `ReplicaSet rng-5f69c6b7d8 has 2 of 4 pods ready: what stands in for ${POD} may not be there yet.`,
      ],
      [`restore ${POD}`, undefined],
    ],
    [
      daemonReplaced('node-2'),
      [
        `DaemonSet rng has 0 of 1 pod ready on node-1: what stands in for ${POD.replace('-5f69c6b7d8', '')} may not be there yet.`,
      ],
      [undefined],
    ],
    [
      rng().pod('b85tm', { labels: { [DRAINED_FROM]: 'rng' } }),
      [
        `${POD} is marked as drained from rng, but the record of it is gone, so pitlane does not know whether it may go: look at it, and delete it by hand.`,
      ],
      [`kubectl -n dockercoins delete pod ${POD}`],
    ],
    [
      rng().drained('b85tm', { service: 'hasher' }),
      [`${POD} was drained from hasher, not from rng: finish it there.`],
      [undefined],
    ],
  ])('says it with the numbers, and what to type instead', (given, messages, instead) => {
    const found = finish(given).checks.filter(({ level }) => level !== 'ok');
    expect(found.map(({ message }) => message)).toEqual(messages);
    expect(found.map((finding) => finding.instead)).toEqual(instead);
  });
});

/** The pod of node-1 drained, and another one created on that node. */
function daemonReplaced(nodeName: string): SnapshotBuilder {
  const owner = { kind: 'DaemonSet', name: 'rng', uid: '5e1c3a52-0000-4000-8000-00000000d002', apiVersion: 'apps/v1' };
  return rng()
    .daemonSet(3)
    .drained('b85tm')
    .another('x5new', { owner, nodeName, labels: { app: 'rng' } });
}

describe('the plan of a finish', () => {
  test('one deletion of exactly the pod that was seen, as it was seen', () => {
    const plan = planned(finish(replaced().pod('b85tm', {}, { version: '4711', graceSeconds: 45 })));
    expect(writesOf(plan)).toEqual([
      {
        kind: 'delete',
        key: `finish ${UID}`,
        title: `delete ${POD}`,
        target: { kind: 'Pod', name: POD, uid: UID, namespace: 'dockercoins' },
        version: '4711',
      },
    ]);
    expect(proofOf(plan)).toEqual([
      {
        key: `gone ${UID}`,
        condition: { kind: 'gone', pod: { name: POD, uid: UID } },
        title: `${POD} is gone`,
        withinSeconds: 105,
        isRequired: true,
      },
    ]);
    expect(plan.undo).toEqual([]);
  });

  test('what else happens, in words', () => {
    const given = replaced()
      .pod('b85tm', {}, { ownVolumes: ['cache', 'scratch'], claims: [{ name: 'data' }] })
      .others({ services: [{ name: 'backends', selector: { 'pod-template-hash': '5f69c6b7d8' } }] });
    expect(planned(finish(given)).effects).toEqual([
      `${POD} is deleted: its containers get 30 s to end; nothing brings it back.`,
      'Service backends also stops listing it.',
      'What is in its own volumes is lost: cache and scratch.',
      'What is in its volume claims stays: data.',
      'node-1 gets its CPU, memory and ports back, and autoscalers and node drains are free there again.',
    ]);
  });

  test.each<[name: string, given: SnapshotBuilder, want: string]>([
    [
      'a canary',
      rng().canary('b85tm'),
      'rng stops listing it; data planes follow within moments; open connections end with it.',
    ],
    [
      'a pod whose replacement waits',
      waitedFor(),
      'Its replacement, which waits for what only one pod can hold, can start.',
    ],
    [
      'a pod without grace',
      replaced().pod('b85tm', {}, { graceSeconds: 0 }),
      `${POD} is deleted: its containers are killed; nothing brings it back.`,
    ],
    [
      'a pod that has ended',
      replaced().pod('b85tm', {}, { phase: 'Failed' }),
      `${POD} is deleted: its containers have ended already; nothing brings it back.`,
    ],
  ])('%s', (_, given, want) => {
    expect(planned(finish(given)).effects).toContain(want);
  });

  test('a StatefulSet can have its name back', () => {
    expect(planned(finish(rng().statefulSet(4).drained('rng-1'), 'rng-1')).effects.at(-1)).toBe(
      'StatefulSet rng can create rng-1 anew.',
    );
  });

  test('once it is being deleted, by whom ever, only the proof is left', () => {
    const plan = planned(finish(replaced().terminating('b85tm')));
    expect([writesOf(plan), proofOf(plan).map(({ condition }) => condition.kind), findings(plan)]).toEqual([
      [],
      ['gone'],
      [],
    ]);
    expect(plan.checks.map(({ message }) => message)).toEqual([
      `${POD} is being deleted already, to be gone by 2026-11-24 03:12:02 UTC.`,
    ]);
  });

  test('once it is gone, or another pod has its name, nothing is left and the proof holds', () => {
    const before = replaced().about('b85tm');
    const operation = finishOf(before);
    const without = { ...before, targets: [], pods: before.pods.filter(({ uid }) => uid !== UID) };
    const other = { ...(before.targets[0] as TargetPod), uid: 'another' };
    for (const snapshot of [without, { ...without, pods: [...without.pods, other], targets: [other] }]) {
      const plan = planned(planOf(snapshot, operation));
      expect([writesOf(plan), plan.checks]).toEqual([[], []]);
      expect(progressOf(proofOf(plan), snapshot).map(({ isMet }) => isMet)).toEqual([true]);
    }
  });

  test('is the same for the same input, survives JSON, and its fingerprint ignores clock and version', () => {
    const plan = planned(finish(replaced()));
    expect(planned(finish(replaced()))).toEqual(plan);
    expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
    const snapshot = { ...replaced().pod('b85tm', {}, { version: '1001' }).about('b85tm'), at: 0 };
    expect(planned(planOf(snapshot, finishOf(snapshot))).fingerprint).toBe(plan.fingerprint);
    expect(planned(finish(replaced().notReady('x5new'))).fingerprint).not.toBe(plan.fingerprint);
  });
});
