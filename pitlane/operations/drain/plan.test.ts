import { describe, expect, test } from 'vitest';
import { planned } from '../../../test/builders/plan.ts';
import { drainOf, rng, type SnapshotBuilder } from '../../../test/builders/snapshot.ts';
import { type Plan, proofOf, type Refusal, writesOf } from '../../rotation/plan.ts';
import { planOf } from '../planners.ts';

function drain(builder: SnapshotBuilder, suffix = 'b85tm', change: Parameters<typeof drainOf>[1] = {}): Plan | Refusal {
  const snapshot = builder.about(suffix);
  return planOf(snapshot, drainOf(snapshot, change));
}

describe('the plan of a drain', () => {
  test('one patch takes the label off and leaves the mark, and tests what it relied on', () => {
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
        title: 'take the label app=rng off rng-5f69c6b7d8-b85tm',
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

  test('what else happens, in words', () => {
    const plan = planned(
      drain(
        rng()
          .free(500, 500, 0)
          .pod(
            'b85tm',
            { labels: { app: 'rng', 'pod-template-hash': '5f69c6b7d8', tier: 'back' } },
            {
              containers: [
                {
                  name: 'rng',
                  image: 'i',
                  hostPorts: [],
                  hasLivenessProbe: true,
                  isReady: true,
                  restarts: 0,
                  state: 'running',
                },
              ],
            },
          )
          .budget('rng', { minAvailable: 2 })
          .others({
            services: [
              { name: 'rng-metrics', selector: { app: 'rng' } },
              { name: 'backends', selector: { tier: 'back' } },
            ],
            networkPolicies: [
              { name: 'deny-all', podSelector: {}, types: ['Ingress'] },
              { name: 'rng-only', podSelector: { matchLabels: { app: 'rng' } }, types: ['Ingress'] },
            ],
            autoscalers: [{ name: 'rng', target: { kind: 'Deployment', name: 'rng' }, min: 2, max: 8 }],
          }),
      ),
    );
    expect(plan.effects).toEqual([
      'rng stops listing rng-5f69c6b7d8-b85tm; data planes follow within moments; open connections and background work go on.',
      'ReplicaSet rng-5f69c6b7d8 starts another pod in its place: 2 of 3 nodes have room for it.',
      'Service backends goes on listing it: its traffic from there does not end.',
      'Service rng-metrics also stops listing it.',
      'NetworkPolicy rng-only no longer applies to it: what it may reach, and who may reach it, can change.',
      'PodDisruptionBudget rng no longer counts it.',
      'HorizontalPodAutoscaler rng no longer counts its metrics.',
      'Its liveness probe still restarts container rng.',
      'rng-5f69c6b7d8-b85tm stays alive on node-1 and keeps its CPU, memory, ports and volumes; without a controller it holds up the autoscaler and node drains there.',
      'In 1 h pitlane reminds you to restore or finish it.',
    ]);
  });

  test.each([
    ['restore', 'In 30 min pitlane restores it if it is ready and has not restarted, else reminds you.'],
    ['finish', 'In 30 min pitlane keeps its evidence and deletes it.'],
  ] as const)('when its time has come it may be told to %s', (then, want) => {
    const given = rng().policy({ drain: { forSeconds: 1800, then } });
    expect(planned(drain(given)).effects.at(-1)).toBe(want);
  });

  test('affinity rules of the pod are said not to be weighed', () => {
    const plan = planned(drain(rng().free(500).pod('b85tm', {}, { hasPlacementRules: true })));
    expect(plan.effects[1]).toBe(
      'ReplicaSet rng-5f69c6b7d8 starts another pod in its place: 1 of 1 nodes has room for it, its affinity and spread rules not weighed.',
    );
  });

  test('the affinity of a DaemonSet pod only names its node', () => {
    const plan = planned(drain(rng().daemonSet(3).free(500, 500, 500).pod('b85tm', {}, { hasPlacementRules: true })));
    expect(plan.effects[1]).toBe('DaemonSet rng starts another pod in its place: node node-1 has room for it.');
  });

  test('what must become true, and how to undo it by hand', () => {
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

  test.each([
    [
      'a replacement that may find no room is reported, but not waited for',
      rng().free(0),
      [
        ['unlisted', true],
        ['released', true],
        ['replacementCreated', false],
        ['replacementReady', false],
      ],
    ],
    [
      'a replacement outside the gate never joins',
      rng()
        .service({ selector: { app: 'rng', enabled: 'yes' } })
        .pod('', { labels: { app: 'rng', 'pod-template-hash': '5f69c6b7d8', enabled: 'yes' } }),
      [
        ['unlisted', true],
        ['released', true],
        ['replacementCreated', true],
      ],
    ],
    ['a bare pod has nothing to be released from', rng().bare('b85tm'), [['unlisted', true]]],
    [
      'an owner that wants no pods replaces nothing',
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

  test('a DaemonSet replaces on the same node', () => {
    const plan = planned(drain(rng().daemonSet(3)));
    expect(proofOf(plan).at(-1)?.condition).toMatchObject({ kind: 'replacementReady', nodeName: 'node-1' });
  });

  test('once its own mark is on the pod, only the proof is left', () => {
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
      'a StatefulSet replaces nothing',
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
      'a replacement that may find no room is not waited for',
      rng().free(0).pod('b85tm', { name: 'rng-1' }).drained('rng-1', { id: 'op-now' }),
      [
        ['unlisted', true],
        ['released', true],
        ['replacementCreated', false],
        ['replacementReady', false],
      ],
    ],
  ])('once its own mark is on the pod: %s', (_, given, want) => {
    expect(
      proofOf(planned(drain(given, 'rng-1'))).map(({ condition, isRequired }) => [condition.kind, isRequired]),
    ).toEqual(want);
  });

  test('an operator that pitlane does not know may keep the pod: that is not waited for', () => {
    const owner = { kind: 'CloneSet', name: 'rng', uid: 'u', apiVersion: 'apps.kruise.io/v1alpha1' };
    expect(proofOf(planned(drain(rng().pod('b85tm', { owner })))).map(({ isRequired }) => isRequired)).toEqual([
      true,
      false,
    ]);
  });

  test.each([
    ['by more than the gate, which others put on and off', { enabled: 'yes' }],
    ['even if it is disabled now', {}],
  ])('leaves the service %s', (_, gate) => {
    const labels = { app: 'rng', 'pod-template-hash': '5f69c6b7d8', service: 'rng', ...gate };
    const given = rng()
      .service({ selector: { service: 'rng', enabled: 'yes' } })
      .policy({ minReady: 0 })
      .pod('b85tm', { labels });
    expect(writesOf(planned(drain(given)))).toMatchObject([
      { title: 'take the labels app=rng and service=rng off rng-5f69c6b7d8-b85tm' },
    ]);
  });

  test('what selects drained pods is said', () => {
    const podSelector = { matchLabels: { 'pitlane.dev/drained-from': 'rng' } };
    const given = rng().others({ networkPolicies: [{ name: 'quarantine', podSelector, types: ['Egress'] }] });
    expect(planned(drain(given)).effects).toContain('NetworkPolicy quarantine applies to it from then on.');
  });

  test('a deletion cost that it had is in the lines that undo', () => {
    const given = rng().pod('b85tm', { annotations: { 'controller.kubernetes.io/pod-deletion-cost': '7' } });
    expect(planned(drain(given)).undo.at(-1)).toMatch(/ controller.kubernetes.io\/pod-deletion-cost=7$/);
  });

  test('a pod that already has annotations of the autoscaler gets them back later', () => {
    const plan = planned(
      drain(rng().pod('b85tm', { annotations: { 'cluster-autoscaler.kubernetes.io/safe-to-evict': 'true' } })),
    );
    expect(plan.undo.at(-1)).toContain('cluster-autoscaler.kubernetes.io/safe-to-evict=true');
  });

  test('a disabled pod is recorded as disabled', () => {
    const plan = planned(drain(rng().service({ selector: { app: 'rng', enabled: 'yes' } })));
    expect(JSON.stringify(writesOf(plan))).toContain(String.raw`\"was\":\"disabled\"`);
  });

  test('is the same for the same input, survives JSON, and its fingerprint ignores the clock', () => {
    const plan = planned(drain(rng()));
    expect(planned(drain(rng()))).toEqual(plan);
    expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
    const snapshot = { ...rng().about('b85tm'), at: 0 };
    expect(planned(planOf(snapshot, drainOf(snapshot))).fingerprint).toBe(plan.fingerprint);
    expect(planned(drain(rng().pods(5))).fingerprint).toBe(plan.fingerprint);
    expect(planned(drain(rng().free(500, 0, 0))).fingerprint).toBe(planned(drain(rng().free(500, 500))).fingerprint);
    expect(planned(drain(rng().free(0))).fingerprint).not.toBe(plan.fingerprint);
    expect(planned(drain(rng(), 'hfbrr')).fingerprint).not.toBe(plan.fingerprint);
  });
});
