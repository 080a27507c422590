import { describe, expect, test } from 'vitest';
import { planned, readable, removedLabels, sections } from '../../../test/builders/plan.ts';
import { podNeeds } from '../../../test/builders/pod-needs.ts';
import { drainOf, rng, type SnapshotBuilder } from '../../../test/builders/snapshot.ts';
import { DRAINED_FROM } from '../../rotation/marks.ts';
import { type Plan, proofOf, type Refusal, writesOf } from '../../rotation/plan.ts';
import { planOf } from '../planners.ts';

/** More urgent than the pods that fill node-1 and node-2. */
function preempting(...names: readonly string[]): SnapshotBuilder {
  const needs = podNeeds({ cpu: 100 }, { priority: 10 });
  const batch = { namespace: 'jobs', workload: 'Deployment batch', priority: 0, requests: { cpu: 100 }, hostPorts: [] };
  return names.reduce(
    (given, name, index) => given.occupied(`node-${index + 1}`, { ...batch, name, uid: name }),
    rng().free(0, 0).pod('b85tm', {}, { needs }),
  );
}

/** The scheduler looks at other pods too. */
const UNCHECKED = podNeeds({}, { notChecked: ['its affinity and spread rules'] });

function drain(builder: SnapshotBuilder, suffix = 'b85tm', change: Parameters<typeof drainOf>[1] = {}): Plan | Refusal {
  const snapshot = builder.about(suffix);
  return planOf(snapshot, { ...drainOf(snapshot, change), hasTick: true });
}

describe('the plan of a drain', () => {
  test('removes the label, adds the marks, and tests what it relied on, in one patch', () => {
    const plan = planned(drain(rng(), 'b85tm', { forSeconds: 1800, because: '5xx' } as object));
    const record = {
      v: 1,
      id: 'op-now',
      service: 'rng',
      labels: { app: 'rng' },
      was: 'in rotation',
      annotations: { 'cluster-autoscaler.kubernetes.io/safe-to-evict': null, 'karpenter.sh/do-not-disrupt': null },
      owner: {
        kind: 'ReplicaSet',
        name: 'rng-5f69c6b7d8',
        uid: '5e1c3a52-0000-4000-8000-00000000a001',
        apiVersion: 'apps/v1',
      },
      by: 'bob',
      because: '5xx',
      at: '2026-11-24T03:12:07Z',
      restarts: 0,
      until: '2026-11-24T03:42:07Z',
      then: 'remind',
    };
    expect(writesOf(plan)).toMatchObject([
      {
        kind: 'patch',
        patch: [
          { op: 'test', path: '/metadata/uid', value: '9a3f6f5e-0000-4000-8000-000000000001' },
          { op: 'test', path: '/metadata/labels/app', value: 'rng' },
          { op: 'test', path: '/metadata/labels/pitlane.dev~1drained-from', value: null },
          { op: 'test', path: '/metadata/annotations', value: null },
          { op: 'remove', path: '/metadata/labels/app' },
          { op: 'add', path: '/metadata/labels/pitlane.dev~1drained-from', value: 'rng' },
          {
            op: 'add',
            path: '/metadata/annotations',
            value: {
              'cluster-autoscaler.kubernetes.io/safe-to-evict': 'false',
              'karpenter.sh/do-not-disrupt': 'true',
              'pitlane.dev/drain': JSON.stringify(record),
            },
          },
        ],
      },
    ]);
  });

  test('waits for its release and its replacement, and is undone by kubectl', () => {
    const plan = planned(drain(rng()));
    expect(proofOf(plan).map(({ condition, isRequired }) => [condition.kind, isRequired])).toEqual([
      ['unlisted', true],
      ['released', true],
      ['replacementCreated', true],
      ['replacementReady', true],
    ]);
    expect(plan.undo).toEqual([
      'kubectl -n dockercoins annotate pod rng-5f69c6b7d8-b85tm --overwrite controller.kubernetes.io/pod-deletion-cost=2147483647',
      'kubectl -n dockercoins label pod rng-5f69c6b7d8-b85tm app=rng pitlane.dev/drained-from-',
      'kubectl -n dockercoins annotate pod rng-5f69c6b7d8-b85tm --overwrite pitlane.dev/drain- cluster-autoscaler.kubernetes.io/safe-to-evict- karpenter.sh/do-not-disrupt- controller.kubernetes.io/pod-deletion-cost-',
    ]);
  });

  test('without a tick puts no mark on the pod that would keep its node for ever', () => {
    const plan = planned(drainWithoutTick(rng().pod('b85tm', { annotations: { note: 'mine' } })));
    expect(JSON.stringify(plan.phases)).not.toMatch(/safe-to-evict|do-not-disrupt/);
    expect(plan.undo.join()).not.toMatch(/safe-to-evict|do-not-disrupt/);
  });

  test.each([
    [
      'does not require a replacement that may find no room',
      rng().free(0),
      [
        ['unlisted', true],
        ['released', true],
        ['replacementCreated', false],
        ['replacementReady', false],
      ],
    ],
    [
      'does not wait for a replacement that stays outside the gate',
      rng()
        .service({ selector: { app: 'rng', enabled: 'yes' } })
        .pod('', { labels: { app: 'rng', 'pod-template-hash': '5f69c6b7d8', enabled: 'yes' } }),
      [
        ['unlisted', true],
        ['released', true],
        ['replacementCreated', true],
      ],
    ],
    ['does not wait for the release of a bare pod', rng().bare('b85tm'), [['unlisted', true]]],
    [
      'does not wait for a replacement where none is wanted',
      rng().controller('ReplicaSet', { desired: 0 }),
      [
        ['unlisted', true],
        ['released', true],
      ],
    ],
  ])('%s', (_, given, want) => {
    expect(proofOf(planned(drain(given))).map(({ condition, isRequired }) => [condition.kind, isRequired])).toEqual(
      want,
    );
  });

  test('waits for the replacement of a DaemonSet pod on its node', () => {
    const plan = planned(drain(rng().daemonSet(3)));
    expect(proofOf(plan).at(-1)?.condition).toMatchObject({ kind: 'replacementReady', nodeName: 'node-1' });
  });

  test('only waits once its own mark is on the pod', () => {
    const plan = planned(drain(rng().drained('b85tm', { id: 'op-now' })));
    expect(writesOf(plan)).toEqual([]);
    expect(proofOf(plan).map(({ condition }) => condition.kind)).toEqual([
      'unlisted',
      'released',
      'replacementCreated',
      'replacementReady',
    ]);
  });

  test.each<[name: string, given: SnapshotBuilder, want: readonly (readonly [string, boolean])[]]>([
    [
      'for the release of a StatefulSet pod',
      rng()
        .statefulSet(4)
        .pod('rng-1', {
          annotations: {},
        })
        .drained('rng-1', { id: 'op-now' }),
      [
        ['unlisted', true],
        ['released', true],
      ],
    ],
    [
      'for a replacement that may find no room, which is not required',
      rng().free(0).pod('b85tm', { name: 'rng-1' }).drained('rng-1', { id: 'op-now' }),
      [
        ['unlisted', true],
        ['released', true],
        ['replacementCreated', false],
        ['replacementReady', false],
      ],
    ],
  ])('once its own mark is on the pod it waits %s', (_, given, want) => {
    expect(
      proofOf(planned(drain(given, 'rng-1'))).map(({ condition, isRequired }) => [condition.kind, isRequired]),
    ).toEqual(want);
  });

  test('does not require an unknown operator to release the pod', () => {
    const owner = { kind: 'CloneSet', name: 'rng', uid: 'u', apiVersion: 'apps.kruise.io/v1alpha1' };
    expect(proofOf(planned(drain(rng().pod('b85tm', { owner })))).map(({ isRequired }) => isRequired)).toEqual([
      true,
      false,
    ]);
  });

  test.each([
    ['an enabled pod', { enabled: 'yes' }],
    ['a disabled pod', {}],
  ])('removes more than the gate label from %s', (_, gate) => {
    const labels = { app: 'rng', 'pod-template-hash': '5f69c6b7d8', service: 'rng', ...gate };
    const given = rng()
      .service({ selector: { service: 'rng', enabled: 'yes' } })
      .policy({ minReady: 0 })
      .pod('b85tm', { labels });
    expect(removedLabels(planned(drain(given)))).toEqual(['app', 'service']);
  });

  test('restores a former deletion cost when undone', () => {
    const given = rng().pod('b85tm', { annotations: { 'controller.kubernetes.io/pod-deletion-cost': '7' } });
    expect(planned(drain(given)).undo.at(-1)).toMatch(/ controller.kubernetes.io\/pod-deletion-cost=7$/);
  });

  test('restores former annotations of the autoscaler when undone', () => {
    const plan = planned(
      drain(rng().pod('b85tm', { annotations: { 'cluster-autoscaler.kubernetes.io/safe-to-evict': 'true' } })),
    );
    expect(plan.undo.at(-1)).toContain('cluster-autoscaler.kubernetes.io/safe-to-evict=true');
  });

  test('records that the pod was disabled', () => {
    const plan = planned(drain(rng().service({ selector: { app: 'rng', enabled: 'yes' } })));
    expect(JSON.stringify(writesOf(plan))).toContain(String.raw`\"was\":\"disabled\"`);
  });

  test('is equal for equal input, survives JSON, and has a fingerprint that ignores the clock', () => {
    const plan = planned(drain(rng()));
    expect(planned(drain(rng()))).toEqual(plan);
    expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
    const snapshot = { ...rng().about('b85tm'), at: 0 };
    expect(planned(planOf(snapshot, { ...drainOf(snapshot), hasTick: true })).fingerprint).toBe(plan.fingerprint);
    expect(planned(drain(rng().pods(5))).fingerprint).toBe(plan.fingerprint);
    expect(planned(drain(rng().free(500, 0, 0))).fingerprint).toBe(planned(drain(rng().free(500, 500))).fingerprint);
    expect(planned(drain(rng().free(0))).fingerprint).not.toBe(plan.fingerprint);
    expect(planned(drain(preempting('batch-x'))).fingerprint).toBe(planned(drain(preempting('batch-y'))).fingerprint);
    expect(planned(drain(rng(), 'hfbrr')).fingerprint).not.toBe(plan.fingerprint);
  });
});

/** A pod that everything in the namespace has to do with. */
function selectedByAll(): SnapshotBuilder {
  const labels = { app: 'rng', 'pod-template-hash': '5f69c6b7d8', tier: 'back' };
  const [container] = rng().about('b85tm').targets[0]?.detail.containers ?? [];
  const containers = ['rng', 'side'].flatMap((name) =>
    container === undefined ? [] : { ...container, name, hasLivenessProbe: true },
  );
  return rng()
    .free(500, 500, 0)
    .pod('b85tm', { labels }, { containers })
    .budget('rng', { minAvailable: 2 })
    .others({
      services: [
        { name: 'rng-metrics', selector: { app: 'rng' } },
        { name: 'backends', selector: { tier: 'back' } },
        { name: 'quarantined', selector: { [DRAINED_FROM]: 'rng' } },
      ],
      networkPolicies: [
        { name: 'deny-all', podSelector: {}, types: ['Ingress'] },
        { name: 'rng-only', podSelector: { matchLabels: { app: 'rng' } }, types: ['Ingress'] },
        { name: 'rng-too', podSelector: { matchLabels: { app: 'rng' } }, types: ['Ingress'] },
        { name: 'quarantine', podSelector: { matchLabels: { [DRAINED_FROM]: 'rng' } }, types: ['Egress'] },
      ],
      autoscalers: [{ name: 'rng', target: { kind: 'Deployment', name: 'rng' }, min: 2, max: 8 }],
    });
}

function drainWithoutTick(builder: SnapshotBuilder): Plan | Refusal {
  const snapshot = builder.about('b85tm');
  return planOf(snapshot, drainOf(snapshot));
}

test('drain plans have the sentences of the golden file', async () => {
  const pending = { nodeName: undefined, status: 'Pending' };
  const disabled = { selector: { app: 'rng', enabled: 'yes' } };
  const cases: readonly [name: string, result: Plan | Refusal][] = [
    ['a healthy pod', drain(rng().free(500, 500, 0), 'b85tm', { because: '5xx' })],
    ['a pod that much selects', drain(selectedByAll())],
    ...(['remind', 'restore', 'finish'] as const).map((then): [string, Plan | Refusal] => [
      `a tick that will ${then}`,
      drain(rng().policy({ drain: { forSeconds: 1800, then } })),
    ]),
    ['no tick that is known', drainWithoutTick(rng())],
    ['the only pod in rotation', drain(rng().pods(1).policy({ minReady: 0 }))],
    ['the only pod in rotation, which nothing replaces', drain(rng().pods(1).bare('b85tm').policy({ minReady: 0 }))],
    ['placement rules', drain(rng().free(500).pod('b85tm', {}, { needs: UNCHECKED }))],
    [
      'a DaemonSet pod with placement rules',
      drain(rng().daemonSet(3).free(500, 500, 500).pod('b85tm', {}, { needs: UNCHECKED })),
    ],
    ['no room', drain(rng().free(0, 50))],
    ['no room on the node of a DaemonSet pod', drain(rng().daemonSet(3).free(0, 500, 500))],
    ['pods of lower priority on the nodes', drain(preempting('batch-x', 'batch-y'))],
    ['a quota', drain(rng().free(500).quota('team', { pods: 0 }))],
    ['a pod without a node', drain(rng().pod('b85tm', pending, { phase: 'Pending', isReady: false }))],
    ['a disabled pod', drain(rng().service(disabled))],
    ['a pod of an unknown operator', drain(rng().pod('b85tm', { owner: { kind: 'CloneSet', name: 'rng', uid: 'u' } }))],
    ['a drained pod, begun', drain(rng().drained('b85tm', { id: 'op-now' }))],
    ['an overridden refusal', drain(rng().pods(1), 'b85tm', { force: true })],
    ['a refusal', drain(rng().pods(1))],
  ];
  const text = sections(cases.map(([name, result]) => [name, readable(result).split('\n')]));
  await expect(text).toMatchFileSnapshot('golden/plans.golden.txt');
});
