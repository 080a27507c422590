import { describe, expect, test } from 'vitest';
import { finding, findings, planned, readable, readableChecks, sections } from '../../../test/builders/plan.ts';
import { podNeeds, withHostPort } from '../../../test/builders/pod-needs.ts';
import { finishOf, NOW, rng, type SnapshotBuilder } from '../../../test/builders/snapshot.ts';
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
  return rng()
    .daemonSet(3)
    .pod('b85tm', {}, { needs: podNeeds({}, { containers: [withHostPort(80)] }) })
    .drained('b85tm');
}

const RESTORING = { id: 'op-restore', by: 'carol', at: '2026-11-24T03:11:00Z' };
const CANARY_RECORD = {
  [CANARY]: JSON.stringify({
    v: 1,
    id: 'op-start',
    from: 'Deployment rng',
    by: 'ada',
    because: '5xx',
    at: '2026-11-24T03:02:07Z',
    until: '2026-11-24T03:22:07Z',
  }),
};

const HELD = { finalizers: ['example.com/hold'] };
const HELD_TWICE = { finalizers: ['example.com/hold', 'example.com/log'] };

/** Every deletion asks. */
const ASKS = ['warning DeletedForGood'];
const CASES: readonly [name: string, given: SnapshotBuilder, want: readonly string[]][] = [
  ['allows a drained pod that is replaced', replaced(), ASKS],
  ['allows a drained pod that has ended', replaced().pod('b85tm', { status: 'Error' }, { phase: 'Failed' }), ASKS],
  ['allows a drained pod that had no controller', rng().another('x5new').bare('b85tm').drained('b85tm'), ASKS],
  ['allows a drained pod whose owner is gone', replaced().withoutController('ReplicaSet'), ASKS],
  ['allows a drained pod whose owner is being deleted', replaced().controller('ReplicaSet', { deletedAt: 1 }), ASKS],
  ['allows a drained pod of an old revision', replaced().controller('ReplicaSet', { desired: 0 }), ASKS],
  [
    'counts no replacement as ready that is only published as ready',
    replaced().notReady('x5new').listed('x5new', true),
    [...ASKS, 'warning ReplacementNotReady'],
  ],
  ['refuses a pod in rotation', rng(), ['refusal NotDrained']],
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
    'refuses a marked pod without a record',
    rng().pod('b85tm', { labels: { [DRAINED_FROM]: 'rng' } }),
    ['refusal RecordGone'],
  ],
  [
    'refuses a pod that is being restored',
    rng().drained('b85tm', { restoring: RESTORING }).another('x5new'),
    ['refusal BeingRestored'],
  ],
  [
    'refuses a pod whose labels were put back by hand',
    replaced().pod('b85tm', { labels: { app: 'rng', [DRAINED_FROM]: 'rng' } }),
    ['refusal TakesTraffic'],
  ],
  [
    'refuses a pod that its controller still owns',
    replaced().pod('b85tm', { owner: REPLICA_SET }),
    ['refusal HasController'],
  ],
  [
    'refuses a pod that is back with its controller',
    replaced().pod('b85tm', { labels: { app: 'rng', [DRAINED_FROM]: 'rng' }, owner: REPLICA_SET }),
    ['refusal TakesTraffic', 'refusal HasController'],
  ],
  ['warns that the replacement is missing', rng().drained('b85tm'), [...ASKS, 'warning ReplacementNotReady']],
  ['warns that the replacement is not ready', replaced().notReady('x5new'), [...ASKS, 'warning ReplacementNotReady']],
  [
    'warns that the service is below its minimum',
    replaced().notReady('x5new').notReady('hfbrr'),
    [...ASKS, 'warning ServiceBelowMinimum', 'warning ReplacementNotReady'],
  ],
  ['allows exactly at the minimum', replaced().policy({ minReady: 4 }), ASKS],
  ['warns one below the minimum', replaced().policy({ minReady: 5 }), [...ASKS, 'warning ServiceBelowMinimum']],
  [
    'allows where the workload is scaled to zero',
    rng()
      .drained('b85tm')
      .pod('hfbrr', { deletedAt: 1 })
      .pod('7pt82', { deletedAt: 1 })
      .pod('x2k9d', { deletedAt: 1 })
      .desired(0),
    ASKS,
  ],
  ['allows a pod of a DaemonSet that is replaced on its node', daemonReplaced('node-1'), ASKS],
  ['warns that a DaemonSet has no pod on the node', daemonReplaced('node-2'), [...ASKS, 'warning ReplacementNotReady']],
  ['allows a pod whose replacement waits for its host port', waitedFor(), ASKS],
  ['allows without a selector', replaced().withoutSelector(), ASKS],
  ['allows a canary in rotation', rng().canary('b85tm').another('x5new'), ASKS],
  ['allows a canary out of rotation', rng().canary('b85tm').notReady('b85tm'), ASKS],
  ['refuses a canary at the minimum', rng().pods(3).canary('b85tm').policy({ minReady: 3 }), ['refusal BelowMinimum']],
  [
    'refuses a canary of another service',
    rng()
      .bare('b85tm')
      .pod('b85tm', { labels: { [CANARY]: 'web' } }),
    ['refusal NotDrained'],
  ],
  [
    'refuses a canary that a controller owns',
    rng().pod('b85tm', { labels: { app: 'rng', [CANARY]: 'rng' } }),
    ['refusal HasController'],
  ],
  ['allows a drained canary', rng().canary('b85tm').drained('b85tm').another('x5new').desired(3), ASKS],
];

describe('finish', () => {
  test.each(CASES)('%s', (_, given, want) => {
    expect(findings(finish(given))).toEqual(want);
  });

  test('warns that the pod is still in the EndpointSlices', () => {
    const before = rng().another('x5new').about('b85tm');
    const snapshot = { ...replaced().about('b85tm'), endpoints: before.endpoints };
    expect(findings(planOf(snapshot, finishOf(snapshot)))).toEqual(['warning StillListed', ...ASKS]);
  });

  test('deletes a canary below the minimum with --force alone', () => {
    const given = rng().pods(3).canary('b85tm').policy({ minReady: 3 });
    expect(finish(given)).toMatchObject({ kind: 'refusal', isForceable: true });
    expect(findings(finish(given, 'b85tm', true))).toEqual(['overridden BelowMinimum', ...ASKS]);
  });

  test.each([
    ['ServiceBelowMinimum', rng().drained('b85tm').notReady('hfbrr'), `restore ${POD}`],
    ['TakesTraffic', replaced().pod('b85tm', { labels: { app: 'rng' } }), `restore ${POD}`],
    [
      'RecordGone',
      rng().pod('b85tm', { labels: { [DRAINED_FROM]: 'rng' } }),
      `kubectl -n dockercoins delete pod ${POD}`,
    ],
    ['DrainedFromAnother', rng().drained('b85tm', { service: 'hasher' }), undefined],
  ])('proposes what to do about %s', (code, given, instead) => {
    expect(finding(finish(given), code)?.instead).toBe(instead);
  });
});

/** The pod of node-1 drained, and another one created on the given node. */
function daemonReplaced(nodeName: string): SnapshotBuilder {
  const owner = { kind: 'DaemonSet', name: 'rng', uid: '5e1c3a52-0000-4000-8000-00000000d002', apiVersion: 'apps/v1' };
  return rng()
    .daemonSet(3)
    .drained('b85tm')
    .another('x5new', { owner, nodeName, labels: { app: 'rng' } });
}

describe('the plan of a finish', () => {
  test('deletes exactly the pod that was seen, as it was seen', () => {
    const plan = planned(finish(replaced().pod('b85tm', {}, { version: '4711', graceSeconds: 45 })));
    expect(writesOf(plan)).toMatchObject([
      {
        kind: 'delete',
        key: `finish ${UID}`,
        target: { kind: 'Pod', name: POD, uid: UID, namespace: 'dockercoins' },
        version: '4711',
      },
    ]);
    expect(proofOf(plan)).toMatchObject([
      {
        key: `gone ${UID}`,
        condition: { kind: 'gone', pod: { name: POD, uid: UID } },
        withinSeconds: 105,
        isRequired: true,
      },
    ]);
    expect(plan.undo).toEqual([]);
  });

  test('only waits once the pod is being deleted', () => {
    const plan = planned(finish(replaced().terminating('b85tm')));
    expect([writesOf(plan), proofOf(plan).map(({ condition }) => condition.kind), findings(plan)]).toEqual([
      [],
      ['gone'],
      [],
    ]);
    expect(plan.checks.map(({ code }) => code)).toEqual(['BeingDeleted']);
  });

  test('is proven once the pod is gone, or another pod has its name', () => {
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

  test('waits for a shorter time, and looks at the clock, where a finalizer holds the pod', () => {
    const [proof] = proofOf(planned(finish(replaced().pod('b85tm', HELD))));
    expect(proof).toMatchObject({ condition: { kind: 'gone', isHeld: true }, withinSeconds: 40, isRequired: true });
  });

  test('is equal for equal input, survives JSON, and has a fingerprint that ignores clock and version', () => {
    const plan = planned(finish(replaced()));
    expect(planned(finish(replaced()))).toEqual(plan);
    expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
    const snapshot = { ...replaced().pod('b85tm', {}, { version: '1001' }).about('b85tm'), at: 0 };
    expect(planned(planOf(snapshot, finishOf(snapshot))).fingerprint).toBe(plan.fingerprint);
    expect(planned(finish(replaced().notReady('x5new'))).fingerprint).not.toBe(plan.fingerprint);
  });
});

test('finish checks have the sentences of the golden file', async () => {
  const unlisted = { ...replaced().about('b85tm'), endpoints: rng().another('x5new').about('b85tm').endpoints };
  const text = sections([
    ...CASES.map(([name, given]) => [name, readableChecks(finish(given))] as const),
    ['warns that it is in the EndpointSlices', readableChecks(planOf(unlisted, finishOf(unlisted)))],
    ['allows a terminating pod', readableChecks(finish(replaced().terminating('b85tm')))],
  ]);
  await expect(text).toMatchFileSnapshot('golden/checks.golden.txt');
});

test('finish plans have the sentences of the golden file', async () => {
  const volumes = { ownVolumes: ['cache', 'scratch'], claims: [{ name: 'data' }] };
  const services = ['backends', 'metrics'].map((name) => ({ name, selector: { 'pod-template-hash': '5f69c6b7d8' } }));
  const cases: readonly (readonly [name: string, result: Plan | Refusal])[] = [
    ['a drained pod', finish(replaced())],
    ['a pod with volumes', finish(replaced().pod('b85tm', {}, volumes))],
    ['a pod of other services', finish(replaced().others({ services }))],
    ['a canary', finish(rng().canary('b85tm'))],
    ['a pod whose time is up', finish(rng().drained('b85tm', { until: '2026-11-24T03:12:07Z' }).another('x5new'))],
    ['a pod with a second left', finish(rng().drained('b85tm', { until: '2026-11-24T03:12:08Z' }).another('x5new'))],
    ['a canary with its record', finish(rng().canary('b85tm').pod('b85tm', { annotations: CANARY_RECORD }))],
    ['a canary that is not ready', finish(rng().canary('b85tm').notReady('b85tm'))],
    ['a pod whose replacement waits', finish(waitedFor())],
    ['a pod without grace period', finish(replaced().pod('b85tm', {}, { graceSeconds: 0 }))],
    ['a pod that has ended', finish(replaced().pod('b85tm', {}, { phase: 'Failed' }))],
    ['a pod without a node', finish(replaced().pod('b85tm', { nodeName: undefined }))],
    ['a pod of a StatefulSet', finish(rng().statefulSet(4).drained('rng-1'), 'rng-1')],
    ['a terminating pod', finish(replaced().terminating('b85tm'))],
    ['a pod with a finalizer', finish(replaced().pod('b85tm', HELD))],
    [
      'a pod with finalizers and without grace period',
      finish(replaced().pod('b85tm', HELD_TWICE, { graceSeconds: 0 })),
    ],
    ['a terminating pod with a finalizer', finish(replaced().pod('b85tm', { ...HELD, deletedAt: NOW + 5_000 }))],
    ['a pod that a finalizer holds', finish(replaced().pod('b85tm', { ...HELD, deletedAt: NOW }))],
    [
      'a pod that a finalizer holds once its containers have ended',
      finish(replaced().pod('b85tm', { ...HELD, deletedAt: NOW }, { phase: 'Failed' })),
    ],
  ];
  const text = sections(cases.map(([name, result]) => [name, readable(result).split('\n')]));
  await expect(text).toMatchFileSnapshot('golden/plans.golden.txt');
});
