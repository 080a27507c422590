import { describe, expect, test } from 'vitest';
import { finding, findings, otherPodsIn, planned } from '../../../test/builders/plan.ts';
import { NOW, restoreOf, rng, type SnapshotBuilder } from '../../../test/builders/snapshot.ts';
import { type Plan, proofOf, type Refusal } from '../../rotation/plan.ts';
import type { JobState } from '../../rotation/snapshot.ts';
import { planOf } from '../planners.ts';

const SECOND = 1000;
const OPERATOR = { kind: 'CloneSet', name: 'rng', uid: 'uid-of-an-operator', apiVersion: 'apps.kruise.io/v1alpha1' };
const JOB = { kind: 'Job', name: 'rng', uid: 'uid-of-rng-job', apiVersion: 'batch/v1' };

function restore(builder: SnapshotBuilder, suffix = 'b85tm'): Plan | Refusal {
  const snapshot = builder.about(suffix);
  return planOf(snapshot, restoreOf(snapshot));
}

/** The pods that go for the restored one. */
function going(builder: SnapshotBuilder, suffix = 'b85tm'): readonly string[] {
  return otherPodsIn(planned(restore(builder, suffix)), suffix.slice(suffix.lastIndexOf('-') + 1));
}

/** A Job of as many pods, with b85tm drained. */
function job(desired: number): SnapshotBuilder {
  return ['b85tm', 'hfbrr']
    .reduce(
      (builder, suffix) => builder.pod(suffix, { owner: JOB }),
      rng().pods(2).withoutController('ReplicaSet').withoutController('Deployment'),
    )
    .withController({ ...JOB, desired, selector: { matchLabels: { app: 'rng' } } })
    .drained('b85tm');
}

describe('pods of an unknown operator', () => {
  const given = (): SnapshotBuilder =>
    ['b85tm', 'hfbrr', '7pt82', 'x2k9d'].reduce(
      (builder, suffix) => builder.pod(suffix, { owner: OPERATOR }),
      rng().withoutController('ReplicaSet').withoutController('Deployment'),
    );

  test('have no surplus to wait for where the operator kept the pod', () => {
    const plan = planned(restore(given().drained('b85tm').pod('b85tm', { owner: OPERATOR })));
    expect(finding(plan, 'OwnerKeptIt')?.level).toBe('ok');
    expect(proofOf(plan).map(({ condition }) => condition.kind)).toEqual(['inRotation', 'adopted', 'unmarked']);
  });

  test('get a warning where the operator released the pod', () => {
    expect(finding(restore(given().drained('b85tm')), 'OwnerUnknown')?.level).toBe('warning');
  });
});

describe('a pod of a Job', () => {
  const given = (change: JobState) => job(2).controller('Job', { job: change });

  test.each<[string, JobState, string]>([
    ['is not adopted by a Job that is complete', { state: 'complete' }, 'refusal OwnerInactive'],
    ['is not adopted by a Job that has failed', { state: 'failed' }, 'refusal OwnerInactive'],
    ['may be adopted by a program of another kind', { state: 'running', managedBy: 'a' }, 'warning OwnerUnknown'],
  ])('%s', (_, change, want) => {
    expect(findings(restore(given(change)))).toEqual([want]);
  });

  test('has no surplus in a work queue with a success', () => {
    const more = given({ state: 'winding down' }).another('x5new', { owner: JOB });
    expect(going(more)).toEqual([]);
  });

  test('goes back in place of the other one of its index', () => {
    const index = (value: string) => ({ app: 'rng', 'batch.kubernetes.io/job-completion-index': value });
    const indexed = given({ state: 'running' })
      .pod('b85tm', { labels: { ...index('0'), 'pitlane.dev/drained-from': 'rng' } })
      .pod('hfbrr', { labels: index('1'), createdAt: NOW - SECOND })
      .another('x5new', { owner: JOB, labels: index('0'), createdAt: NOW - 600 * SECOND });
    expect(going(indexed)).toEqual(['x5new']);
  });
});

describe('the pod that the owner deletes', () => {
  test('does not depend on nodes for a ReplicaSet without a Deployment', () => {
    const given = rng()
      .withoutController('Deployment')
      .controller('ReplicaSet', { owner: undefined })
      .drained('b85tm')
      .another('x5new', { createdAt: NOW - 5 * SECOND, nodeName: 'node-3' })
      .pod('x5new', {}, { readyChangedAt: NOW - 3 * SECOND });
    expect(going(given.pod('hfbrr', { nodeName: 'node-1' }).pod('7pt82', { nodeName: 'node-1' }))).toEqual(['x5new']);
  });

  test('is the youngest of a Job', () => {
    const given = job(2)
      .another('x5new', { owner: JOB, createdAt: NOW - 600 * SECOND, nodeName: 'node-2' })
      .pod('x5new', {}, { readyChangedAt: NOW - 590 * SECOND });
    expect(going(given)).toEqual(['x5new']);
  });

  test('is the restored pod itself if it is the only unready pod of a Job', () => {
    expect(findings(restore(job(1).notReady('b85tm')))).toEqual(['refusal NotReady']);
  });

  test('is beyond the number of a StatefulSet that was scaled down meanwhile', () => {
    expect(going(rng().statefulSet(4).drained('rng-1').controller('StatefulSet', { desired: 3 }), 'rng-1')).toEqual([
      '3',
    ]);
  });

  test('is not required to go before the other pods of a StatefulSet are ready', () => {
    const given = rng().statefulSet(4).drained('rng-0').notReady('rng-1').controller('StatefulSet', { desired: 3 });
    const optional = proofOf(planned(restore(given, 'rng-0'))).filter(({ isRequired }) => !isRequired);
    expect(optional.map(({ condition }) => condition.kind)).toEqual(['surplusGone']);
    expect(going(given, 'rng-0')).toEqual(['3']);
  });

  test('is on the node that a pending DaemonSet pod is meant for', () => {
    const owner = {
      kind: 'DaemonSet',
      name: 'rng',
      uid: '5e1c3a52-0000-4000-8000-00000000d002',
      apiVersion: 'apps/v1',
    };
    const given = rng()
      .daemonSet(3)
      .drained('b85tm')
      .notReady('b85tm')
      .pod('b85tm', { nodeName: undefined, meantForNode: 'node-1' })
      .another('x5new', { owner, nodeName: undefined, meantForNode: 'node-1', createdAt: NOW - 5 * SECOND })
      .pod('x5new', {}, { phase: 'Pending', isReady: false });
    expect(going(given)).toEqual(['x5new']);
  });

  test('may be any pod that is equal to one of the surplus', () => {
    const waiting = { phase: 'Pending', isReady: false } as const;
    const uid = (end: string): string => `9a3f6f5e-0000-4000-8000-${end.padStart(12, '0')}`;
    // Two ages within one power of two, with two pods each; by uid they take turns.
    const made = (seconds: number, end: string) => ({
      createdAt: NOW - seconds * SECOND,
      nodeName: undefined,
      uid: uid(end),
    });
    const given = rng()
      .pods(3)
      .drained('b85tm')
      .pod('hfbrr', made(400, '20'), waiting)
      .pod('7pt82', made(400, '40'), waiting)
      .another('x5new', made(340, '10'))
      .pod('x5new', {}, waiting)
      .another('y5new', made(340, '30'))
      .pod('y5new', {}, waiting)
      .desired(4);
    expect(going(given)).toEqual(['x5new', 'hfbrr', 'y5new', '7pt82']);
  });
});

describe('a pod that is not ready', () => {
  test.each<[name: string, given: SnapshotBuilder]>([
    ['has a warning where the owner lacks a pod', rng().drained('b85tm').notReady('b85tm')],
    [
      'has a warning where only pods that are not ready go',
      ['b85tm', 'hfbrr', '7pt82', 'x2k9d'].reduce(
        (builder, suffix) => builder.notReady(suffix),
        rng().drained('b85tm').another('x5new', { nodeName: 'node-2' }).notReady('x5new'),
      ),
    ],
  ])('%s', (_, given) => {
    expect(finding(restore(given), 'NotReady')?.level).toBe('warning');
  });
});

test('an owner that no longer selects the pod deletes it neither for its number nor for its revision', () => {
  const given = rng()
    .drained('b85tm')
    .pod('b85tm', { labels: { 'pitlane.dev/drained-from': 'rng' } })
    .controller('ReplicaSet', { desired: 0 })
    .controller('Deployment', { currentHash: 'another' });
  expect(findings(restore(given)).filter((each) => each.startsWith('refusal'))).toEqual(['refusal OwnerSelectsOthers']);
});

describe('a pod of an old revision of a StatefulSet', () => {
  const update = { type: 'RollingUpdate', hasSurge: false };
  test.each([
    ['is refused', update, 'refusal'],
    ['has a warning with OnDelete', { ...update, type: 'OnDelete' }, 'warning'],
    ['is allowed below the partition', { ...update, partition: 2 }, undefined],
  ])('%s', (_, change, level) => {
    const given = rng()
      .statefulSet(3)
      .pod('rng-1', { labels: { app: 'rng', 'controller-revision-hash': 'old' } })
      .drained('rng-1')
      .controller('StatefulSet', { currentHash: 'new', update: change });
    expect(finding(restore(given, 'rng-1'), 'OldRevision')?.level).toBe(level);
  });
});
