import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../api/api.ts';
import type { Pod } from '../api/pod.ts';
import { timestamp } from '../api/time.ts';
import {
  barePod,
  newTestCluster,
  readyCondition,
  service,
  setStatus,
  type TestCluster,
  workload,
} from './cluster.fixture.ts';

async function rngWith(budget: object, replicas = 4): Promise<TestCluster> {
  const cluster = newTestCluster();
  cluster.apply('deployments', workload('Deployment', { spec: { replicas } }));
  await cluster.settled();
  cluster.apply('poddisruptionbudgets', {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: 'rng', namespace: 'default' },
    spec: { selector: { matchLabels: { app: 'rng' } }, ...budget },
  });
  await cluster.settled();
  return cluster;
}

function statusOf(cluster: TestCluster): object {
  const { disruptionsAllowed, currentHealthy, desiredHealthy, expectedPods } = cluster.get(
    'poddisruptionbudgets',
    'rng',
  ).status;
  return { allowed: disruptionsAllowed, healthy: currentHealthy, desired: desiredHealthy, expected: expectedPods };
}

function conditionOf(cluster: TestCluster): object {
  const { type, status, reason, message } = cluster.get('poddisruptionbudgets', 'rng').status.conditions[0];
  return { type, status, reason, message };
}

function serviceReference(owner: KubeObject, controller?: true): object {
  return { apiVersion: 'v1', kind: 'Service', name: 'rng', uid: owner.metadata.uid, ...(controller && { controller }) };
}

describe('a PodDisruptionBudget', () => {
  test.each([
    ['minAvailable 3 of 4 allows one', { minAvailable: 3 }, { allowed: 1, healthy: 4, desired: 3, expected: 4 }],
    ['minAvailable 4 of 4 allows none', { minAvailable: 4 }, { allowed: 0, healthy: 4, desired: 4, expected: 4 }],
    [
      'minAvailable 60 % of 4 rounds up to 3',
      { minAvailable: '60%' },
      { allowed: 1, healthy: 4, desired: 3, expected: 4 },
    ],
    [
      'maxUnavailable 30 % of 4 rounds up to 2',
      { maxUnavailable: '30%' },
      { allowed: 2, healthy: 4, desired: 2, expected: 4 },
    ],
    [
      'maxUnavailable 9 of 4 allows all four',
      { maxUnavailable: 9 },
      { allowed: 4, healthy: 4, desired: 0, expected: 4 },
    ],
  ])('%s', async (_rule, budget, want) => {
    const cluster = await rngWith(budget);
    expect(statusOf(cluster)).toEqual(want);
    expect(cluster.get('poddisruptionbudgets', 'rng').status.observedGeneration).toBe(1);
  });

  test('allows nothing without a matching pod, with an Event', async () => {
    const cluster = await rngWith({ maxUnavailable: 1 }, 0);
    expect(statusOf(cluster)).toEqual({ allowed: 0, healthy: 0, desired: 0, expected: 0 });
    expect(cluster.eventMessages('NoPods')).toEqual(['No matching pods found']);
    expect(conditionOf(cluster)).toMatchObject({
      type: 'DisruptionAllowed',
      status: 'False',
      reason: 'InsufficientPods',
    });
  });

  test('counts a drained ready pod that still matches, and so allows one disruption too many', async () => {
    const cluster = await rngWith({ minAvailable: 3 });
    const [pod] = cluster.pods() as [Pod];
    cluster.patch('pods', pod.metadata.name, { metadata: { labels: { 'pod-template-hash': null } } });
    await cluster.settled();
    expect(statusOf(cluster)).toEqual({ allowed: 2, healthy: 5, desired: 3, expected: 5 });
  });

  test('does not expect a pod without a controller with a percentage, with a warning', async () => {
    const cluster = await rngWith({ minAvailable: '50%' });
    const [pod] = cluster.pods() as [Pod];
    cluster.patch('pods', pod.metadata.name, { metadata: { labels: { 'pod-template-hash': null } } });
    await cluster.settled();
    expect(statusOf(cluster)).toEqual({ allowed: 3, healthy: 5, desired: 2, expected: 4 });
    expect(cluster.eventMessages('UnmanagedPods')[0]).toContain(
      '(selector: &LabelSelector{MatchLabels:map[string]string{app: rng,},MatchExpressions:[]LabelSelectorRequirement{},})',
    );
  });

  test('allows no eviction when a Service controls a matching canary', async () => {
    const cluster = await rngWith({ maxUnavailable: 1 });
    const owner = cluster.apply('services', service());
    cluster.apply('pods', barePod('canary', { metadata: { ownerReferences: [serviceReference(owner, true)] } }));
    await cluster.settled();
    expect(statusOf(cluster)).toMatchObject({ allowed: 0 });
    expect(conditionOf(cluster)).toEqual({
      type: 'DisruptionAllowed',
      status: 'False',
      reason: 'SyncFailed',
      message: 'services does not implement the scale subresource',
    });
    expect(cluster.eventMessages('CalculateExpectedPodCountFailed')).toEqual([
      'Failed to calculate the number of expected pods: services does not implement the scale subresource',
    ]);
  });

  test('counts a canary with a plain reference to the Service as healthy, with a warning', async () => {
    const cluster = await rngWith({ maxUnavailable: 1 });
    const owner = cluster.apply('services', service());
    cluster.apply('pods', barePod('canary', { metadata: { ownerReferences: [serviceReference(owner)] } }));
    await cluster.settled();
    expect(statusOf(cluster)).toEqual({ allowed: 2, healthy: 5, desired: 3, expected: 4 });
    expect(cluster.eventMessages('UnmanagedPods')).toHaveLength(1);
  });

  test('fails with a percentage for a DaemonSet pod, but not with an integer minAvailable', async () => {
    for (const [minAvailable, want] of [
      ['50%', 'SyncFailed'],
      [1, 'SufficientPods'],
    ] as const) {
      const cluster = await rngWith({ minAvailable });
      cluster.apply('daemonsets', workload('DaemonSet', { name: 'agent', labels: { app: 'rng', agent: 'yes' } }));
      await cluster.settled();
      expect(conditionOf(cluster)).toMatchObject({ reason: want });
    }
  });

  test('does not count terminating and unready pods as healthy', async () => {
    const cluster = await rngWith({ minAvailable: 2 });
    const [one, other] = cluster.pods() as [Pod, Pod];
    setStatus(cluster.api, one, { conditions: [readyCondition(false, cluster.clock.now)] });
    cluster.patch('pods', other.metadata.name, { metadata: { finalizers: ['pitlane.dev/test'] } });
    cluster.remove('pods', other.metadata.name);
    await cluster.settled();
    expect(statusOf(cluster)).toEqual({ allowed: 1, healthy: 3, desired: 2, expected: 5 });
  });

  test('does not count an evicted pod for two minutes', async () => {
    const cluster = await rngWith({ minAvailable: 2 });
    const [pod] = cluster.pods() as [Pod];
    const disruptedPods = { [pod.metadata.name]: timestamp(cluster.clock.now) };
    const budget = cluster.get('poddisruptionbudgets', 'rng');
    cluster.api.update(
      'poddisruptionbudgets',
      { ...budget, status: { ...budget.status, disruptedPods } },
      { subresource: 'status' },
    );
    await cluster.settled();
    expect(statusOf(cluster)).toMatchObject({ allowed: 1, healthy: 3 });
    await cluster.pass(121);
    expect(statusOf(cluster)).toMatchObject({ allowed: 2, healthy: 4 });
    expect(cluster.eventMessages('NotDeleted')).toHaveLength(1);
  });

  test('follows the scale of the Deployment', async () => {
    const cluster = await rngWith({ maxUnavailable: 1 });
    cluster.patch('deployments', 'rng', { spec: { replicas: 6 } });
    await cluster.settled();
    expect(statusOf(cluster)).toEqual({ allowed: 1, healthy: 6, desired: 5, expected: 6 });
  });
});
