import { describe, expect, test } from 'vitest';
import { findings, planned } from '../../../test/builders/plan.ts';
import { NOW, restoreOf, rng, type SnapshotBuilder } from '../../../test/builders/snapshot.ts';
import { DRAIN } from '../../rotation/marks.ts';
import { type PatchOperation, type Plan, proofOf, type Refusal, writesOf } from '../../rotation/plan.ts';
import { planOf } from '../planners.ts';

const SECOND = 1000;

function restore(builder: SnapshotBuilder, suffix = 'b85tm'): Plan | Refusal {
  const snapshot = builder.about(suffix);
  return planOf(snapshot, restoreOf(snapshot));
}

/** What a drain leaves, and a label that somebody has put there since. */
const EDITED = { app: 'debug', 'pod-template-hash': '5f69c6b7d8', 'pitlane.dev/drained-from': 'rng' };

/** rng with b85tm drained and replaced by `x5new`, on node-2, ten minutes ago. */
function replaced(): SnapshotBuilder {
  return rng()
    .drained('b85tm')
    .another('x5new', { createdAt: NOW - 600 * SECOND, nodeName: 'node-2' })
    .pod('x5new', {}, { readyChangedAt: NOW - 590 * SECOND });
}

function replacedDaemon(): SnapshotBuilder {
  const builder = rng().daemonSet(3).drained('b85tm');
  const owner = { kind: 'DaemonSet', name: 'rng', uid: '5e1c3a52-0000-4000-8000-00000000d002', apiVersion: 'apps/v1' };
  return builder.another('x5new', { createdAt: NOW - 600 * SECOND, nodeName: 'node-1', owner, labels: { app: 'rng' } });
}

describe('what stands in the way of a restore', () => {
  const cases: readonly [name: string, given: SnapshotBuilder, want: readonly string[]][] = [
    ['a drained pod whose ReplicaSet is current', replaced(), []],
    ['a drained pod of a DaemonSet', replacedDaemon(), []],
    ['a pod that is not drained', rng(), ['refusal NotDrained']],
    [
      'a pod drained from another service',
      rng().drained('b85tm', { service: 'hasher' }),
      ['refusal DrainedFromAnother'],
    ],
    [
      'a record of a later version is left alone',
      rng().pod('b85tm', { annotations: { [DRAIN]: '{"v":2}' } }),
      ['refusal UnreadableRecord'],
    ],
    [
      'marked as drained, but its record is gone',
      rng().pod('b85tm', { labels: { 'pitlane.dev/drained-from': 'rng' } }),
      ['refusal RecordGone'],
    ],
    ['a terminating pod', replaced().terminating('b85tm'), ['refusal Terminating']],
    ['a pod that has ended', replaced().pod('b85tm', { status: 'Error' }, { phase: 'Failed' }), ['refusal Finished']],
    ['its owner is gone', replaced().withoutController('ReplicaSet'), ['refusal OwnerGone']],
    [
      'its owner is being deleted',
      replaced().controller('ReplicaSet', { deletedAt: NOW }),
      ['refusal OwnerBeingDeleted'],
    ],
    [
      'its ReplicaSet is scaled to zero',
      replaced().controller('ReplicaSet', { desired: 0 }),
      ['refusal OwnerScaledDown'],
    ],
    [
      'its ReplicaSet is old, but has pods yet',
      replaced().controller('Deployment', { currentHash: '7c9d8f6b5d' }),
      ['refusal OldRevision'],
    ],
    [
      'its ReplicaSet is old, below an operator',
      replaced()
        .controller('Deployment', {
          currentHash: '7c9d8f6b5d',
          owner: { kind: 'MyApp', name: 'rng', uid: 'uid-of-app', apiVersion: 'example.com/v1' },
        })
        .withController({ kind: 'MyApp', name: 'app', apiVersion: 'example.com/v1', selector: { matchLabels: {} } }),
      ['refusal OldRevision'],
    ],
    [
      'its DaemonSet has moved on',
      replacedDaemon().controller('DaemonSet', { currentHash: '7c9d8f6b5d', templateGeneration: '2' }),
      ['refusal OldRevision'],
    ],
    [
      'its DaemonSet has moved on, but deletes nothing by itself',
      replacedDaemon().controller('DaemonSet', {
        currentHash: '7c9d8f6b5d',
        templateGeneration: '2',
        update: { type: 'OnDelete', hasSurge: false },
      }),
      ['warning OldRevision'],
    ],
    [
      'a DaemonSet of the same template generation is up to date',
      replacedDaemon().controller('DaemonSet', { currentHash: '7c9d8f6b5d' }),
      [],
    ],
    [
      'a DaemonSet selects the same labels',
      replaced().withController({ kind: 'DaemonSet', name: 'rng-ds' }),
      ['refusal AdoptedElsewhere'],
    ],
    [
      'another controller of other labels',
      replaced().withController({ kind: 'DaemonSet', name: 'web', selector: { matchLabels: { app: 'web' } } }),
      [],
    ],
    [
      'a Deployment selects ReplicaSets, not pods',
      replaced().withController({ kind: 'Deployment', name: 'rng-2' }),
      [],
    ],
    ['it is not ready', replaced().notReady('b85tm'), ['refusal NotReady']],
    [
      'a rollout is under way',
      replaced().controller('Deployment', { isRollingOut: true }),
      ['warning RolloutUnderWay'],
    ],
    [
      'the service selects another colour since',
      replaced()
        .pod('b85tm', {
          labels: { 'pod-template-hash': '5f69c6b7d8', color: 'blue', 'pitlane.dev/drained-from': 'rng' },
        })
        .service({ selector: { app: 'rng', color: 'green' } }),
      ['warning StaysOut'],
    ],
    [
      'a StatefulSet takes it back ready or not',
      rng().statefulSet(4).drained('rng-1').notReady('rng-1').pod('rng-1', { name: 'b85tm' }),
      ['warning NotReady'],
    ],
    [
      'another controller has taken it meanwhile',
      replaced().pod('b85tm', {
        owner: { kind: 'ReplicaSet', name: 'web-1', uid: 'uid-of-web-1', apiVersion: 'apps/v1' },
      }),
      ['refusal AdoptedElsewhere'],
    ],
    [
      'its owner asks for a label that somebody took off meanwhile',
      replaced().pod('b85tm', { labels: { 'pitlane.dev/drained-from': 'rng' } }),
      ['refusal OwnerSelectsOthers'],
    ],
    ['a DaemonSet that has no pod on its node', rng().daemonSet(3).drained('b85tm'), ['warning NodeNotWanted']],
    [
      'a label was changed by hand since the drain',
      replaced().pod('b85tm', { labels: EDITED }),
      ['warning LabelsOverwritten'],
    ],
    [
      'it had no owner',
      rng()
        .bare('b85tm')
        .pod('b85tm', { labels: { app: 'rng' } })
        .drained('b85tm'),
      [],
    ],
  ];

  test.each(cases)('%s', (_, given, want) => {
    expect(findings(restore(given))).toEqual(want);
  });

  test.each<[name: string, given: SnapshotBuilder, want: string]>([
    [
      'of a DaemonSet without surge both pods would go',
      replacedDaemon().controller('DaemonSet', { currentHash: '7c9d8f6b5d', templateGeneration: '2' }),
      'rng-b85tm is of an old revision of DaemonSet rng, which would delete first the newer pod of its node and then this one.',
    ],
    [
      'of a DaemonSet with surge only this one would go',
      replacedDaemon().controller('DaemonSet', {
        currentHash: '7c9d8f6b5d',
        templateGeneration: '2',
        update: { type: 'RollingUpdate', hasSurge: true },
      }),
      'rng-b85tm is of an old revision of DaemonSet rng, which would delete it in favour of the newer pod of its node.',
    ],
    [
      'not ready',
      replaced().notReady('b85tm'),
      'rng-5f69c6b7d8-b85tm is not ready (0 of 1 container, Running): it would be deleted, or would push a ready pod out.',
    ],
    [
      'a label that its owner asks for',
      replaced().pod('b85tm', { labels: { 'pitlane.dev/drained-from': 'rng' } }),
      'ReplicaSet rng-5f69c6b7d8 selects pod-template-hash=5f69c6b7d8, which rng-5f69c6b7d8-b85tm lacks: restored, it would stay in the service with nothing to manage it.',
    ],
    [
      'a changed label',
      replaced().pod('b85tm', { labels: EDITED }),
      'rng-5f69c6b7d8-b85tm has app=debug since the drain: it is overwritten with app=rng.',
    ],
  ])('how it reads: %s', (_, given, want) => {
    expect(restore(given).checks.find(({ level }) => level !== 'ok')?.message).toBe(want);
  });

  test('an old revision says who would delete it, and what does work', () => {
    const result = restore(replaced().controller('Deployment', { currentHash: '7c9d8f6b5d' }));
    expect(result.checks.find(({ level }) => level === 'refusal')).toEqual({
      code: 'OldRevision',
      level: 'refusal',
      message:
        'rng-5f69c6b7d8-b85tm is of an old revision (ReplicaSet rng-5f69c6b7d8): Deployment rng would delete it with its ReplicaSet.',
      instead: 'finish rng-5f69c6b7d8-b85tm',
      isForceable: false,
    });
  });
});

describe('the plan of a restore', () => {
  test('labels and deletion cost go back in one patch, the marks only when the surplus is gone', () => {
    const plan = planned(restore(replaced()));
    expect(
      plan.phases.map(({ writes: [write], until }) => [write?.title, until.map(({ condition }) => condition.kind)]),
    ).toEqual([
      ['put the label app=rng back on rng-5f69c6b7d8-b85tm', ['inRotation', 'adopted', 'surplusGone']],
      ["take pitlane's marks off rng-5f69c6b7d8-b85tm", ['inRotation', 'adopted', 'surplusGone', 'unmarked']],
    ]);
    expect(writes(plan, 0)).toEqual([
      'add /metadata/labels/app',
      'remove /metadata/labels/pitlane.dev~1drained-from',
      'add /metadata/annotations/controller.kubernetes.io~1pod-deletion-cost',
      'add /metadata/annotations/pitlane.dev~1drain',
    ]);
    expect(writes(plan, 1)).toEqual([
      'remove /metadata/annotations/cluster-autoscaler.kubernetes.io~1safe-to-evict',
      'remove /metadata/annotations/controller.kubernetes.io~1pod-deletion-cost',
      'remove /metadata/annotations/karpenter.sh~1do-not-disrupt',
      'remove /metadata/annotations/pitlane.dev~1drain',
    ]);
  });

  test('names the pod that will go: all equally ready, the youngest', () => {
    expect(planned(restore(replaced())).effects).toContain(
      'ReplicaSet rng-5f69c6b7d8 takes it back and deletes rng-5f69c6b7d8-x5new on node-2, a pod too many then.',
    );
  });

  test('names the pods of which one will go while they are too alike', () => {
    const youngest = (ageMs: number) =>
      replaced()
        .pod('x5new', {}, { readyChangedAt: NOW - ageMs })
        .pod('hfbrr', {}, { readyChangedAt: NOW - 60_000 });
    const [soon, later] = [youngest(2 ** 35 / 1e6 - 500), youngest(2 ** 35 / 1e6 - 10_000)];
    expect(planned(restore(soon)).effects[1]).toBe(
      'ReplicaSet rng-5f69c6b7d8 takes it back and deletes one of rng-5f69c6b7d8-x5new on node-2 and rng-5f69c6b7d8-hfbrr on node-2, a pod too many then: they are too alike to tell which.',
    );
    expect(planned(restore(later)).effects[1]).toContain('deletes rng-5f69c6b7d8-x5new on node-2, a pod');
  });

  test('names the pod that will go: one that is not ready before any other', () => {
    expect(planned(restore(replaced().notReady('q7wzn').notReady('hfbrr'))).effects[1]).toContain(
      'deletes rng-5f69c6b7d8-hfbrr',
    );
  });

  test('names the pod that will go: of a DaemonSet the younger on that node', () => {
    expect(planned(restore(replacedDaemon())).effects[1]).toContain('deletes rng-5f69c6b7d8-x5new on node-1');
  });

  test('says so when nothing goes', () => {
    expect(planned(restore(rng().drained('b85tm'))).effects[1]).toBe(
      'ReplicaSet rng-5f69c6b7d8 takes it back and has no pod too many then.',
    );
  });

  test('a DaemonSet pod gets no deletion cost', () => {
    expect(JSON.stringify(writesOf(planned(restore(replacedDaemon()))))).not.toContain('deletion-cost');
  });

  test('a deletion cost that it had before comes back at the end', () => {
    const given = replaced().pod('b85tm', {
      annotations: {
        ...replaced().about('b85tm').targets[0]?.annotations,
        'controller.kubernetes.io/pod-deletion-cost': '7',
      },
    });
    const last = writesOf(planned(restore(given))).at(-1);
    expect(last?.kind === 'patch' && last.patch).toContainEqual({
      op: 'add',
      path: '/metadata/annotations/controller.kubernetes.io~1pod-deletion-cost',
      value: '7',
    });
  });

  test('labels that the service asks for since the drain are added, and said', () => {
    const plan = planned(restore(replaced().service({ selector: { app: 'rng', enabled: 'yes' } })));
    expect(writes(plan, 0)).toContain('add /metadata/labels/enabled');
    expect(plan.effects).toContain('enabled=yes is added: rng asks for it, and the pod lacks it.');
  });

  test('a pod that was disabled stays disabled, and nobody waits for it to be listed', () => {
    const plan = planned(restore(replacedGated()));
    expect(writes(plan, 0)).not.toContain('add /metadata/labels/enabled');
    expect(proofOf(plan).map(({ condition }) => condition.kind)).toEqual(['adopted', 'surplusGone', 'unmarked']);
  });

  test('a pod that was disabled is listed again once there is no gate any more, and the plan says so', () => {
    const plan = planned(restore(replacedGated().service({ selector: { app: 'rng' } })));
    expect(plan.checks.map(({ code }) => code)).not.toContain('StaysDisabled');
    expect(plan.effects[0]).toBe('rng lists rng-5f69c6b7d8-b85tm again; data planes follow within moments.');
    expect(proofOf(plan)[0]?.condition.kind).toBe('inRotation');
  });

  test('a pod of a StatefulSet that is not ready is not waited for to take traffic', () => {
    const given = rng().statefulSet(4).drained('rng-1').notReady('rng-1');
    expect(proofOf(planned(restore(given, 'rng-1'))).map(({ isRequired }) => isRequired)).toEqual([
      false,
      true,
      true,
      true,
    ]);
  });

  test('a restore that was taken back by hand half way begins anew, and the first deletion cost is not forgotten', () => {
    const restoring = { id: 'op-now', by: 'bob', at: '2026-11-24T03:12:00Z' };
    const cost = 'controller.kubernetes.io/pod-deletion-cost';
    const before = { ...replaced().about('b85tm').targets[0]?.annotations };
    const record = { ...JSON.parse(before[DRAIN] ?? ''), restoring };
    record.annotations[cost] = '7';
    const annotations = { ...before, [cost]: '2147483647', [DRAIN]: JSON.stringify(record) };
    const plan = planned(restore(replaced().pod('b85tm', { annotations })));
    expect(plan.phases.map(({ writes }) => writes.length)).toEqual([1, 1]);
    expect(writes(plan, 0)).toContain('add /metadata/labels/app');
    const last = writesOf(plan).at(-1);
    expect(last?.kind === 'patch' && last.patch).toContainEqual({
      op: 'add',
      path: `/metadata/annotations/${cost.replace('/', '~1')}`,
      value: '7',
    });
  });

  test('once the labels are back, what is left is to wait and to take the marks off', () => {
    const restoring = { id: 'op-now', by: 'bob', at: '2026-11-24T03:12:00Z' };
    const labels = { app: 'rng', 'pod-template-hash': '5f69c6b7d8' };
    const plan = planned(restore(replaced().drained('hfbrr', { restoring }).pod('hfbrr', { labels }), 'hfbrr'));
    expect(plan.phases.map(({ writes }) => writes.length)).toEqual([0, 1]);
  });

  test('is undone by draining by hand, with the record that it had', () => {
    const record = replaced().about('b85tm').targets[0]?.annotations[DRAIN];
    expect(planned(restore(replaced())).undo).toEqual([
      `kubectl -n dockercoins annotate pod rng-5f69c6b7d8-b85tm --overwrite 'pitlane.dev/drain=${record}' cluster-autoscaler.kubernetes.io/safe-to-evict=false karpenter.sh/do-not-disrupt=true controller.kubernetes.io/pod-deletion-cost-`,
      'kubectl -n dockercoins label pod rng-5f69c6b7d8-b85tm app- pitlane.dev/drained-from=rng',
    ]);
  });

  test('is undone half way too, and with a label and a deletion cost that it had', () => {
    const cost = 'controller.kubernetes.io/pod-deletion-cost';
    const annotations = { ...replaced().about('b85tm').targets[0]?.annotations, [cost]: '7' };
    const [annotate, label] = planned(restore(replaced().pod('b85tm', { annotations, labels: EDITED }))).undo;
    expect(label).toBe(
      'kubectl -n dockercoins label pod rng-5f69c6b7d8-b85tm --overwrite app=debug pitlane.dev/drained-from=rng',
    );
    expect(annotate).toMatch(/ controller.kubernetes.io\/pod-deletion-cost=7$/);
  });

  test('is the same for the same input and survives JSON', () => {
    const plan = planned(restore(replaced()));
    expect(planned(restore(replaced()))).toEqual(plan);
    expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
  });
});

/** Drained while it was disabled: the gate asks for `enabled=yes`, which the pod did not have. */
function replacedGated(): SnapshotBuilder {
  return rng()
    .service({ selector: { app: 'rng', enabled: 'yes' } })
    .drained('b85tm', { was: 'disabled' });
}

/** The operations of a patch, without its tests. */
function writes(plan: Plan, index: number): readonly string[] {
  const write = writesOf(plan)[index];
  const patch: readonly PatchOperation[] = write?.kind === 'patch' ? write.patch : [];
  return patch.filter(({ op }) => op !== 'test').map(({ op, path }) => `${op} ${path}`);
}
