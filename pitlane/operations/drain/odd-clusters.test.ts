import { describe, expect, test } from 'vitest';
import { finding, planned, readableChecks, removedLabels, sections } from '../../../test/builders/plan.ts';
import { podNeeds, withHostPort } from '../../../test/builders/pod-needs.ts';
import { drainOf, rng, type SnapshotBuilder } from '../../../test/builders/snapshot.ts';
import { messagesOf } from '../../rotation/effect.ts';
import { type Plan, proofOf, type Refusal } from '../../rotation/plan.ts';
import { planOf } from '../planners.ts';

const OPERATOR = { kind: 'CloneSet', name: 'rng', uid: 'uid-of-an-operator', apiVersion: 'apps.kruise.io/v1alpha1' };

function drain(builder: SnapshotBuilder): Plan | Refusal {
  const snapshot = builder.about('b85tm');
  return planOf(snapshot, drainOf(snapshot));
}

/** Pods without a controller. */
function bare(): SnapshotBuilder {
  return ['b85tm', 'hfbrr', '7pt82', 'x2k9d'].reduce((builder, suffix) => builder.bare(suffix), rng());
}

describe('the drain of a pod that other controllers select too', () => {
  test('removes the label by which another controller would adopt it', () => {
    const given = rng()
      .service({ selector: { 'pod-template-hash': '5f69c6b7d8' } })
      .withController({ kind: 'DaemonSet', name: 'agent', selector: { matchLabels: { app: 'rng' } } });
    expect(removedLabels(planned(drain(given)))).toEqual(['app', 'pod-template-hash']);
  });

  test('is refused where no label keeps another controller away', () => {
    const selector = { matchExpressions: [{ key: 'retired', operator: 'DoesNotExist' as const }] };
    const result = drain(rng().withController({ kind: 'DaemonSet', name: 'agent', selector }));
    expect(finding(result, 'CannotBeReleased')?.level).toBe('refusal');
  });

  test('is refused where its owner only selects absent labels', () => {
    const selector = { matchExpressions: [{ key: 'retired', operator: 'DoesNotExist' as const }] };
    expect(finding(drain(rng().controller('ReplicaSet', { selector })), 'CannotBeReleased')?.level).toBe('refusal');
  });

  test('warns where the other controllers could not be read', () => {
    const snapshot = { ...rng().about('b85tm'), adoptersNotSeen: 'Pitlane may not list replicasets.' };
    expect(finding(planOf(snapshot, drainOf(snapshot)), 'AdoptersNotSeen')?.level).toBe('warning');
  });
});

describe('a budget', () => {
  const status = { disruptionsAllowed: 2, currentHealthy: 6, desiredHealthy: 4 };
  const other = { kind: 'ReplicaSet', name: 'other', uid: 'uid-of-other', apiVersion: 'apps/v1' };
  const cases: readonly [name: string, given: SnapshotBuilder, code: string][] = [
    ['is unknown over a DaemonSet', rng().daemonSet(4).budget('rng', { maxUnavailable: 1 }), 'BudgetUnknown'],
    ['is unknown over pods without a controller', bare().budget('rng', { maxUnavailable: 1 }), 'BudgetUnknown'],
    [
      'with a number for minAvailable is counted over a DaemonSet',
      rng().daemonSet(4).budget('rng', { minAvailable: 3 }),
      'BudgetAllowsIt',
    ],
    [
      'over pods of two controllers is taken from its status',
      rng()
        .controller('ReplicaSet', { selector: { matchLabels: { app: 'rng' } } })
        .withController({ ...other, selector: { matchLabels: { app: 'rng', color: 'green' } } })
        .another('q1', { owner: other, uid: 'q1', labels: { app: 'rng', color: 'green' } })
        .budget('rng', { minAvailable: '50%', status: { ...status, desiredHealthy: 3 } }),
      'BudgetAllowsIt',
    ],
    [
      'that selects more than was read is taken from its status',
      bare().budget('wide', {
        selector: { matchExpressions: [{ key: 'app', operator: 'In', values: ['rng', 'web'] }] },
        maxUnavailable: '50%',
        status,
      }),
      'BudgetAllowsIt',
    ],
  ];
  test.each(cases)('%s', (_, given, code) => {
    expect(drain(given).checks.filter((check) => check.code.startsWith('Budget'))).toMatchObject([{ code }]);
  });

  test('has the sentences of the golden file', async () => {
    const selector = { matchExpressions: [{ key: 'retired', operator: 'DoesNotExist' as const }] };
    const adopted = rng().withController({ kind: 'DaemonSet', name: 'agent', selector });
    const snapshot = { ...rng().about('b85tm'), adoptersNotSeen: 'Pitlane may not list replicasets.' };
    const text = sections([
      ...cases.map(([name, given]) => [`a budget ${name}`, readableChecks(drain(given))] as const),
      ['another controller adopts it', readableChecks(drain(adopted))],
      ['the owner selects absent labels', readableChecks(drain(rng().controller('ReplicaSet', { selector })))],
      ['other controllers are unknown', readableChecks(planOf(snapshot, drainOf(snapshot)))],
    ]);
    await expect(text).toMatchFileSnapshot('golden/odd-clusters.golden.txt');
  });
});

describe('a pod without a node', () => {
  const waiting = (builder: SnapshotBuilder): SnapshotBuilder =>
    builder.pod('b85tm', { nodeName: undefined }, { phase: 'Pending', isReady: false }).listed('b85tm', 'not at all');

  test('changes no endpoints of other Services', () => {
    const services = [{ name: 'web', selector: { app: 'rng' } }];
    const { effects } = planned(drain(waiting(rng()).others({ services })));
    expect(messagesOf(effects).join(' ')).not.toContain('Service web');
  });

  test('of a DaemonSet is replaced on the node that it is meant for, whose port it does not hold', () => {
    const given = waiting(rng().daemonSet(3))
      .free(0, 500, 0)
      .pod('b85tm', { meantForNode: 'node-2' }, { needs: podNeeds({}, { containers: [withHostPort(9100)] }) });
    const plan = planned(drain(given));
    expect(['HoldsHostPort', 'NoRoom'].map((code) => finding(plan, code))).toEqual([undefined, undefined]);
  });

  test('of a DaemonSet that means it for no node is not replaced', () => {
    const plan = planned(drain(waiting(rng().daemonSet(3)).free(500, 500, 500)));
    expect([finding(plan, 'NothingReplacesIt')?.level, finding(plan, 'NoRoom')]).toEqual(['warning', undefined]);
    expect(proofOf(plan).map(({ condition }) => condition.kind)).toEqual(['unlisted', 'released']);
  });
});

test('a Service that selects drained pods is named once', () => {
  const services = [{ name: 'pit', selector: { 'pitlane.dev/drained-from': 'rng' } }];
  const { effects } = planned(drain(rng().others({ services })));
  expect(messagesOf(effects).filter((text) => text.includes('pit '))).toHaveLength(1);
});

test('a pod of an unknown operator may keep its controller', () => {
  const given = ['b85tm', 'hfbrr', '7pt82', 'x2k9d'].reduce(
    (builder, suffix) => builder.pod(suffix, { owner: OPERATOR }),
    rng().withoutController('ReplicaSet').withoutController('Deployment'),
  );
  expect(messagesOf(planned(drain(given)).effects).join(' ')).not.toContain('no controller');
});

describe('room for the replacement', () => {
  const limited = (): SnapshotBuilder => rng().free(500).quota('limit', { cpu: 5_000 });

  test.each([
    ['is missing where a quota limits what the pod does not request', 'cpu', 'warning'],
    ['is there where the quota limits something else', 'memory', undefined],
  ])('%s', (_, resource, level) => {
    const plan = drain(limited().pod('b85tm', {}, { unrequested: [resource] }));
    expect(finding(plan, 'QuotaExhausted')?.level).toBe(level);
  });

  test.each([
    ["is missing where a pod's anti-affinity keeps others away", { app: 'rng' }, 'warning'],
    ['is there where the anti-affinity is about other pods', { app: 'web' }, undefined],
  ])('%s', (_, matchLabels, level) => {
    expect(finding(drain(rng().free(500).shunned('node-1', { matchLabels })), 'NoRoom')?.level).toBe(level);
  });
});

test('a liveness probe of a sidecar restarts it while the pod is drained', () => {
  const container = { image: '', hasLivenessProbe: true, isReady: true, restarts: 0, state: 'running' };
  const initContainers = [
    { ...container, name: 'setup', isSidecar: false },
    { ...container, name: 'proxy', isSidecar: true },
  ];
  const { effects } = planned(drain(rng().pod('b85tm', {}, { initContainers })));
  expect(messagesOf(effects).filter((text) => text.startsWith('Liveness'))).toEqual([
    expect.stringContaining('container proxy of'),
  ]);
});
