import { describe, expect, test } from 'vitest';
import {
  finding,
  findings,
  otherPodsIn,
  planned,
  readable,
  readableChecks,
  sections,
} from '../../../test/builders/plan.ts';
import { NOW, restoreOf, rng, type SnapshotBuilder } from '../../../test/builders/snapshot.ts';
import { valueIn } from '../../rotation/labels.ts';
import { DRAIN, type DrainRecord } from '../../rotation/marks.ts';
import { type PatchOperation, type Plan, proofOf, type Refusal, writesOf } from '../../rotation/plan.ts';
import { planOf } from '../planners.ts';

const SECOND = 1000;

function restore(builder: SnapshotBuilder, suffix = 'b85tm'): Plan | Refusal {
  const snapshot = builder.about(suffix);
  return planOf(snapshot, restoreOf(snapshot));
}

/** A kind of an operator, whose selector is unknown. */
const CLONE_SET = { kind: 'CloneSet', name: 'rng', uid: 'uid-of-clone-set', apiVersion: 'apps.kruise.io/v1alpha1' };

/** The labels after a drain, one of them edited since. */
const EDITED = { app: 'debug', 'pod-template-hash': '5f69c6b7d8', 'pitlane.dev/drained-from': 'rng' };

/** rng with b85tm drained and replaced by `x5new`, on node-2, ten minutes ago. */
function replaced(
  change: Partial<Omit<DrainRecord, 'because'>> & { readonly because?: undefined } = {},
): SnapshotBuilder {
  return rng()
    .drained('b85tm', change)
    .another('x5new', { createdAt: NOW - 600 * SECOND, nodeName: 'node-2' })
    .pod('x5new', {}, { readyChangedAt: NOW - 590 * SECOND });
}

function replacedDaemon(): SnapshotBuilder {
  const builder = rng().daemonSet(3).drained('b85tm');
  const owner = { kind: 'DaemonSet', name: 'rng', uid: '5e1c3a52-0000-4000-8000-00000000d002', apiVersion: 'apps/v1' };
  return builder.another('x5new', { createdAt: NOW - 600 * SECOND, nodeName: 'node-1', owner, labels: { app: 'rng' } });
}

const CASES: readonly [name: string, given: SnapshotBuilder, want: readonly string[]][] = [
  ['allows a drained pod whose ReplicaSet is current', replaced(), []],
  ['allows a drained pod of a DaemonSet', replacedDaemon(), []],
  [
    'warns of a pod that has not restarted since it was drained for a reason',
    replaced({ restarts: 2 }).pod('b85tm', { restarts: 2 }),
    ['warning NotRestarted'],
  ],
  ['allows a pod that has restarted once since', replaced({ restarts: 2 }).pod('b85tm', { restarts: 3 }), []],
  [
    'allows a pod that was drained without a reason',
    replaced({ because: undefined, restarts: 2 }).pod('b85tm', { restarts: 2 }),
    [],
  ],
  ['allows a pod whose restarts were not counted', replaced().pod('b85tm', { restarts: 2 }), []],
  ['refuses a pod that is not drained', rng(), ['refusal NotDrained']],
  [
    'refuses a pod drained from another service',
    rng().drained('b85tm', { service: 'hasher' }),
    ['refusal DrainedFromAnother'],
  ],
  [
    'refuses a record of a later version',
    rng().pod('b85tm', { annotations: { [DRAIN]: '{"v":2}' } }),
    ['refusal UnreadableRecord'],
  ],
  [
    'refuses a record with a label that is not one of Kubernetes',
    rng().drained('b85tm', { labels: { app: 'rng', 'x;touch /tmp/pwned;#': '' } }),
    ['refusal UnreadableRecord'],
  ],
  [
    'refuses a record with a label that neither the service nor the owner asks for',
    replaced({ labels: { app: 'rng', role: 'payments' } }),
    ['refusal UnreadableRecord'],
  ],
  [
    'allows every label that the owner asks for',
    replaced({ labels: { app: 'rng', 'pod-template-hash': '5f69c6b7d8' } }),
    [],
  ],
  [
    'warns of a label that only an unknown owner could ask for',
    rng().drained('b85tm', { owner: CLONE_SET, labels: { app: 'rng', role: 'payments' } }),
    ['warning LabelsNotAskedFor', 'warning OwnerUnknown', 'refusal AdoptedElsewhere'],
  ],
  [
    'refuses a record with an annotation that a drain does not overwrite',
    rng().drained('b85tm', { annotations: { 'kubectl.kubernetes.io/default-container': 'x' } }),
    ['refusal UnreadableRecord'],
  ],
  [
    'refuses a marked pod without a record',
    rng().pod('b85tm', { labels: { 'pitlane.dev/drained-from': 'rng' } }),
    ['refusal RecordGone'],
  ],
  ['refuses a terminating pod', replaced().terminating('b85tm'), ['refusal Terminating']],
  [
    'refuses a pod that has ended',
    replaced().pod('b85tm', { status: 'Error' }, { phase: 'Failed' }),
    ['refusal Finished'],
  ],
  ['refuses when the owner is gone', replaced().withoutController('ReplicaSet'), ['refusal OwnerGone']],
  ['allows a pod whose ReplicaSet was made anew', replaced().controller('ReplicaSet', { uid: 'anew' }), []],
  [
    'warns of an owner that was made anew, perhaps with another template',
    replaced().controller('ReplicaSet', {
      uid: 'anew',
      owner: undefined,
      selector: { matchLabels: { app: 'rng' } },
      templateLabels: { app: 'rng' },
    }),
    ['warning OwnerMadeAnew'],
  ],
  [
    'refuses an owner that was made anew for other pods',
    replaced().controller('ReplicaSet', { uid: 'anew', selector: { matchLabels: { app: 'rng', tier: 'a' } } }),
    ['refusal OwnerSelectsOthers'],
  ],
  [
    'refuses when another kind has the name of the owner',
    replaced()
      .withoutController('ReplicaSet')
      .withController({ kind: 'ReplicationController', name: 'rng-5f69c6b7d8', selector: { matchLabels: { a: 'b' } } }),
    ['refusal OwnerGone'],
  ],
  [
    'refuses when the owner is being deleted',
    replaced().controller('ReplicaSet', { deletedAt: NOW }),
    ['refusal OwnerBeingDeleted'],
  ],
  [
    'refuses when the ReplicaSet is scaled to zero',
    replaced().controller('ReplicaSet', { desired: 0 }),
    ['refusal OwnerScaledDown'],
  ],
  [
    'refuses a pod of an old ReplicaSet that still has pods',
    replaced().controller('Deployment', { currentHash: '7c9d8f6b5d' }),
    ['refusal OldRevision'],
  ],
  [
    'warns of a pod of an old ReplicaSet that a paused Deployment keeps',
    replaced().controller('Deployment', {
      currentHash: '7c9d8f6b5d',
      isRollingOut: true,
      rollout: { strategy: 'RollingUpdate', maxUnavailable: 1, maxSurge: 1, isPaused: true },
    }),
    ['warning OldRevision', 'warning RolloutPaused'],
  ],
  [
    'refuses a pod of an old ReplicaSet below an unknown owner',
    replaced()
      .controller('Deployment', {
        currentHash: '7c9d8f6b5d',
        owner: { kind: 'MyApp', name: 'rng', uid: 'uid-of-app', apiVersion: 'example.com/v1' },
      })
      .withController({ kind: 'MyApp', name: 'app', apiVersion: 'example.com/v1', selector: { matchLabels: {} } }),
    ['refusal OldRevision'],
  ],
  [
    'refuses a pod of an old DaemonSet revision',
    replacedDaemon().controller('DaemonSet', { currentHash: '7c9d8f6b5d', templateGeneration: '2' }),
    ['refusal OldRevision'],
  ],
  [
    'warns of an old DaemonSet revision with OnDelete',
    replacedDaemon().controller('DaemonSet', {
      currentHash: '7c9d8f6b5d',
      templateGeneration: '2',
      update: { type: 'OnDelete', hasSurge: false },
    }),
    ['warning OldRevision'],
  ],
  [
    'allows a pod of the same template generation',
    replacedDaemon().controller('DaemonSet', { currentHash: '7c9d8f6b5d' }),
    [],
  ],
  [
    'refuses when a DaemonSet selects the same labels',
    replaced().withController({ kind: 'DaemonSet', name: 'rng-ds' }),
    ['refusal AdoptedElsewhere'],
  ],
  [
    'ignores a controller of other labels',
    replaced().withController({ kind: 'DaemonSet', name: 'web', selector: { matchLabels: { app: 'web' } } }),
    [],
  ],
  ['ignores a Deployment, which adopts no pods', replaced().withController({ kind: 'Deployment', name: 'rng-2' }), []],
  ['refuses a pod that is not ready', replaced().notReady('b85tm'), ['refusal NotReady']],
  ['warns of a rollout', replaced().controller('Deployment', { isRollingOut: true }), ['warning RolloutUnderWay']],
  [
    'warns when the service selects another color since',
    replaced()
      .pod('b85tm', {
        labels: { 'pod-template-hash': '5f69c6b7d8', color: 'blue', 'pitlane.dev/drained-from': 'rng' },
      })
      .service({ selector: { app: 'rng', color: 'green' } }),
    ['warning StaysOut'],
  ],
  [
    'warns when a pod of a StatefulSet is not ready',
    rng().statefulSet(4).drained('rng-1').notReady('rng-1').pod('rng-1', { name: 'b85tm' }),
    ['warning NotReady'],
  ],
  [
    'refuses a pod that another controller has adopted',
    replaced().pod('b85tm', {
      owner: { kind: 'ReplicaSet', name: 'web-1', uid: 'uid-of-web-1', apiVersion: 'apps/v1' },
    }),
    ['refusal AdoptedElsewhere'],
  ],
  [
    'refuses when a label that the owner selects was removed',
    replaced().pod('b85tm', { labels: { 'pitlane.dev/drained-from': 'rng' } }),
    ['refusal OwnerSelectsOthers'],
  ],
  ['warns when the DaemonSet has no pod on the node', rng().daemonSet(3).drained('b85tm'), ['warning NodeNotWanted']],
  [
    'warns when a label was edited since the drain',
    replaced().pod('b85tm', { labels: EDITED }),
    ['warning LabelsOverwritten'],
  ],
  [
    'allows a pod that had no owner',
    rng()
      .bare('b85tm')
      .pod('b85tm', { labels: { app: 'rng' } })
      .drained('b85tm'),
    [],
  ],
];

describe('restore', () => {
  test.each(CASES)('%s', (_, given, want) => {
    expect(findings(restore(given))).toEqual(want);
  });

  test('promises no adoption of a pod that another controller has adopted', () => {
    const rival = { kind: 'ReplicaSet', name: 'web-1', uid: 'uid-of-web-1', apiVersion: 'apps/v1' };
    const { checks } = restore(replaced().pod('b85tm', { owner: rival }));
    expect(checks.map(({ code }) => code)).not.toContain('OwnerTakesItBack');
  });

  test.each([
    ['at once', false],
    ['once its other pods are ready', true],
  ])('a StatefulSet that was scaled down deletes the pod %s', (_, isHeldUp) => {
    const ready = rng().statefulSet(4).drained('rng-3').controller('StatefulSet', { desired: 3 });
    const result = restore(isHeldUp ? ready.notReady('rng-0') : ready, 'rng-3');
    expect(finding(result, 'WouldBeDeleted')?.facts?.isHeldUp === true).toBe(isHeldUp);
  });

  test.each([
    [1, false],
    [2, true],
  ])('a StatefulSet waits while several pods beyond its number are not ready: %s', (unready, isHeldUp) => {
    const given = rng().statefulSet(4).drained('rng-0').controller('StatefulSet', { desired: 1 }).notReady('rng-1');
    const { effects } = planned(restore(unready === 1 ? given : given.notReady('rng-3'), 'rng-0'));
    expect(effects.find(({ code }) => code === 'OwnerAdoptsIt')?.facts?.isHeldUp === true).toBe(isHeldUp);
  });

  test('proposes to finish a pod of an old revision', () => {
    const result = restore(replaced().controller('Deployment', { currentHash: '7c9d8f6b5d' }));
    expect(finding(result, 'OldRevision')).toMatchObject({
      level: 'refusal',
      instead: 'finish rng-5f69c6b7d8-b85tm',
      isForceable: false,
    });
  });
});

describe('the plan of a restore', () => {
  test('adds labels and deletion cost in one patch, and removes the marks when the surplus is gone', () => {
    const plan = planned(restore(replaced()));
    expect(
      plan.phases.map(({ writes: [write], until }) => [write?.key, until.map(({ condition }) => condition.kind)]),
    ).toEqual([
      ['restore 9a3f6f5e-0000-4000-8000-000000000001', ['inRotation', 'adopted', 'surplusGone']],
      ['unmark 9a3f6f5e-0000-4000-8000-000000000001', ['inRotation', 'adopted', 'surplusGone', 'unmarked']],
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

  test.each<[name: string, given: SnapshotBuilder, want: readonly string[]]>([
    ['the youngest of equally ready pods', replaced(), ['x5new']],
    ['two that are too alike to tell', alike(2 ** 35 / 1e6 - 500), ['x5new', 'hfbrr']],
    ['the younger by a power of two', alike(2 ** 35 / 1e6 - 10_000), ['x5new']],
    ['one that is not ready before any other', replaced().notReady('q7wzn').notReady('hfbrr'), ['hfbrr']],
    ['the younger on the node of a DaemonSet', replacedDaemon(), ['x5new']],
    ['nothing without a surplus', rng().drained('b85tm'), []],
  ])('names the pod that the owner deletes: %s', (_, given, want) => {
    expect(otherPodsIn(planned(restore(given)), 'b85tm')).toEqual(want);
  });

  test('gives a DaemonSet pod no deletion cost', () => {
    expect(JSON.stringify(writesOf(planned(restore(replacedDaemon()))))).not.toContain('deletion-cost');
  });

  test('puts a former deletion cost back at the end', () => {
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

  test('adds labels that the service selects since the drain', () => {
    const plan = planned(restore(replaced().service({ selector: { app: 'rng', enabled: 'yes' } })));
    expect(writes(plan, 0)).toContain('add /metadata/labels/enabled');
  });

  test('leaves a disabled pod disabled, and does not wait for it to be in rotation', () => {
    const plan = planned(restore(replacedGated()));
    expect(writes(plan, 0)).not.toContain('add /metadata/labels/enabled');
    expect(proofOf(plan).map(({ condition }) => condition.kind)).toEqual(['adopted', 'surplusGone', 'unmarked']);
  });

  test('waits for a disabled pod to be in rotation once the gate is gone', () => {
    const plan = planned(restore(replacedGated().service({ selector: { app: 'rng' } })));
    expect(plan.checks.map(({ code }) => code)).not.toContain('StaysDisabled');
    expect(proofOf(plan)[0]?.condition.kind).toBe('inRotation');
  });

  test('does not require a pod of a StatefulSet that is not ready to be in rotation', () => {
    const given = rng().statefulSet(4).drained('rng-1').notReady('rng-1');
    expect(proofOf(planned(restore(given, 'rng-1'))).map(({ isRequired }) => isRequired)).toEqual([
      false,
      true,
      true,
      true,
    ]);
  });

  test('starts again after it was undone half way, and keeps the first deletion cost', () => {
    const restoring = { id: 'op-now', by: 'bob', at: '2026-11-24T03:12:00Z' };
    const cost = 'controller.kubernetes.io/pod-deletion-cost';
    const before = { ...replaced().about('b85tm').targets[0]?.annotations };
    const record = { ...JSON.parse(valueIn(before, DRAIN) ?? ''), restoring };
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

  test('waits and removes the marks once the labels are back', () => {
    const restoring = { id: 'op-now', by: 'bob', at: '2026-11-24T03:12:00Z' };
    const labels = { app: 'rng', 'pod-template-hash': '5f69c6b7d8' };
    const plan = planned(restore(replaced().drained('hfbrr', { restoring }).pod('hfbrr', { labels }), 'hfbrr'));
    expect(plan.phases.map(({ writes }) => writes.length)).toEqual([0, 1]);
  });

  test('is undone by the labels and the record that the pod had', () => {
    const record = replaced().about('b85tm').targets[0]?.annotations[DRAIN];
    expect(planned(restore(replaced())).undo).toEqual([
      `kubectl -n dockercoins annotate pod rng-5f69c6b7d8-b85tm --overwrite 'pitlane.dev/drain=${record}' cluster-autoscaler.kubernetes.io/safe-to-evict=false karpenter.sh/do-not-disrupt=true controller.kubernetes.io/pod-deletion-cost-`,
      'kubectl -n dockercoins label pod rng-5f69c6b7d8-b85tm app- pitlane.dev/drained-from=rng',
    ]);
  });

  test('is undone half way with a former label and deletion cost', () => {
    const cost = 'controller.kubernetes.io/pod-deletion-cost';
    const annotations = { ...replaced().about('b85tm').targets[0]?.annotations, [cost]: '7' };
    const [annotate, label] = planned(restore(replaced().pod('b85tm', { annotations, labels: EDITED }))).undo;
    expect(label).toBe(
      'kubectl -n dockercoins label pod rng-5f69c6b7d8-b85tm --overwrite app=debug pitlane.dev/drained-from=rng',
    );
    expect(annotate).toMatch(/ controller.kubernetes.io\/pod-deletion-cost=7$/);
  });

  test('is equal for equal input and survives JSON', () => {
    const plan = planned(restore(replaced()));
    expect(planned(restore(replaced()))).toEqual(plan);
    expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
  });
});

/** `x5new` and `hfbrr` ready at about the same time. */
function alike(ageMs: number): SnapshotBuilder {
  return replaced()
    .pod('x5new', {}, { readyChangedAt: NOW - ageMs })
    .pod('hfbrr', {}, { readyChangedAt: NOW - 60_000 });
}

/** Drained while it was disabled: the gate is `enabled=yes`, which the pod did not have. */
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

/** Findings that no case above has. */
function moreCases(): readonly (readonly [name: string, result: Plan | Refusal])[] {
  const old = { currentHash: '7c9d8f6b5d', templateGeneration: '2' };
  const surge = { ...old, update: { type: 'RollingUpdate', hasSurge: true } };
  const oldStateful = rng()
    .statefulSet(3)
    .pod('rng-1', { labels: { app: 'rng', 'controller-revision-hash': 'old' } })
    .drained('rng-1');
  const update = { type: 'RollingUpdate', hasSurge: false };
  const operator = { kind: 'CloneSet', name: 'rng', uid: 'u', apiVersion: 'apps.kruise.io/v1alpha1' };
  return [
    [
      'refuses a pod that a DaemonSet with surge would delete',
      restore(replacedDaemon().controller('DaemonSet', surge)),
    ],
    [
      'refuses an old revision of a StatefulSet',
      restore(oldStateful.controller('StatefulSet', { currentHash: 'new', update }), 'rng-1'),
    ],
    [
      'warns of an old revision of a StatefulSet with OnDelete',
      restore(oldStateful.controller('StatefulSet', { update: { ...update, type: 'OnDelete' } }), 'rng-1'),
    ],
    ['refuses without other controllers known', restoreWithoutAdopters()],
    ['warns of an owner of an unknown kind', restore(replaced().drained('hfbrr', { owner: operator }), 'hfbrr')],
    [
      'allows a pod that its unknown owner has kept',
      restore(rng().drained('b85tm', { owner: operator }).pod('b85tm', { owner: operator })),
    ],
    ['allows a pod that was disabled', restore(replacedGated())],
    ['refuses the younger of two on a node', restore(replacedDaemon().pod('b85tm', { createdAt: NOW }))],
  ];
}

function restoreWithoutAdopters(): Plan | Refusal {
  const snapshot = { ...replaced().about('b85tm'), adoptersNotSeen: 'Pitlane may not list replicasets.' };
  return planOf(snapshot, restoreOf(snapshot));
}

test('restore checks have the sentences of the golden file', async () => {
  const cases = [...CASES.map(([name, given]) => [name, restore(given)] as const), ...moreCases()];
  const text = sections(cases.map(([name, result]) => [name, readableChecks(result)]));
  await expect(text).toMatchFileSnapshot('golden/checks.golden.txt');
});

test('restore plans have the sentences of the golden file', async () => {
  const restoring = { id: 'op-now', by: 'bob', at: '2026-11-24T03:12:00Z' };
  const labels = { app: 'rng', 'pod-template-hash': '5f69c6b7d8' };
  const snapshot = rng().about('b85tm');
  const cases: readonly (readonly [name: string, result: Plan | Refusal])[] = [
    ['a replaced pod', restore(replaced())],
    ['a pod of a DaemonSet', restore(replacedDaemon())],
    ['two pods too alike to tell which one goes', restore(alike(2 ** 35 / 1e6 - 500))],
    ['no pod goes', restore(rng().drained('b85tm'))],
    ['two pods go', restore(replaced().another('y5new', { createdAt: NOW }))],
    ['a StatefulSet that waits for others', restore(waitingStateful(), 'rng-0')],
    [
      'a pod without a node',
      restore(rng().statefulSet(4).drained('rng-1').pod('rng-1', { nodeName: undefined }), 'rng-1'),
    ],
    [
      'a pod that had no owner',
      restore(
        rng()
          .bare('b85tm')
          .pod('b85tm', { labels: { app: 'rng' } })
          .drained('b85tm'),
      ),
    ],
    ['a disabled pod', restore(replacedGated())],
    ['a gate since the drain', restore(replaced().service({ selector: { app: 'rng', enabled: 'yes' } }))],
    ['the labels are back', restore(replaced().drained('hfbrr', { restoring }).pod('hfbrr', { labels }), 'hfbrr')],
    ['all is written', planOf(snapshot, { ...restoreOf(snapshot), isResumed: true })],
  ];
  const text = sections(cases.map(([name, result]) => [name, readable(result).split('\n')]));
  await expect(text).toMatchFileSnapshot('golden/plans.golden.txt');
});

function waitingStateful(): SnapshotBuilder {
  return rng().statefulSet(4).drained('rng-0').notReady('rng-1').controller('StatefulSet', { desired: 3 });
}
