import { describe, expect, test } from 'vitest';
import { asPod, conditionOf, type Pod } from '../../api/pod.ts';
import { barePod, newTestCluster, node, type TestCluster, workload } from '../cluster.fixture.ts';

function nodeOf(cluster: TestCluster, name: string): string | undefined {
  return asPod(cluster.get('pods', name)).spec.nodeName;
}

function requests(cpu: string, memory = '64Mi'): object {
  return { containers: [{ name: 'rng', image: 'rng', resources: { requests: { cpu, memory } } }] };
}

/** Name, changes of the only node, pod spec and the reason in the message. */
const obstacles: [string, object, object, string][] = [
  ['a cordon', { spec: { unschedulable: true } }, {}, '1 node(s) were unschedulable'],
  ['a taint', { spec: { taints: [{ key: 'gpu', effect: 'NoSchedule' }] } }, {}, '1 node(s) had untolerated taint(s)'],
  ['a nodeSelector', {}, { nodeSelector: { disk: 'ssd' } }, "1 node(s) didn't match Pod's node affinity/selector"],
  ['too little cpu', { allocatable: { cpu: '1' } }, requests('1500m'), '1 Insufficient cpu'],
  ['too little memory', { allocatable: { memory: '32Mi' } }, requests('1'), '1 Insufficient memory'],
  ['too many pods', { allocatable: { pods: '0' } }, {}, '1 Too many pods'],
];

describe('the scheduler', () => {
  test.each(obstacles)('leaves a pod pending for %s, with an Event', async (_name, nodeChanges, spec, reason) => {
    const cluster = newTestCluster({ nodes: [] });
    cluster.apply('nodes', node('node-1', nodeChanges));
    await cluster.settled();
    cluster.apply('pods', barePod('rng', { spec }));
    await cluster.settled();
    expect(nodeOf(cluster, 'rng')).toBeUndefined();
    const condition = conditionOf(asPod(cluster.get('pods', 'rng')), 'PodScheduled');
    expect(condition).toMatchObject({ status: 'False', reason: 'Unschedulable' });
    expect(condition?.message).toMatch(/^0\/1 nodes are available: /);
    expect(condition?.message).toContain(reason);
    expect(cluster.eventMessages('FailedScheduling')).toEqual([condition?.message]);
  });

  test('sums up the reasons of all nodes', async () => {
    const cluster = newTestCluster({ nodes: ['node-1', 'node-2'] });
    cluster.apply('nodes', node('node-3', { spec: { taints: [{ key: 'gpu', effect: 'NoSchedule' }] } }));
    cluster.apply('pods', barePod('rng', { spec: requests('5') }));
    await cluster.settled();
    expect(cluster.eventMessages('FailedScheduling')).toEqual([
      '0/3 nodes are available: 1 node(s) had untolerated taint(s), 2 Insufficient cpu. ' +
        'no new claims to deallocate, preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.',
    ]);
  });

  test('reports that there are no nodes', async () => {
    const cluster = newTestCluster({ nodes: [] });
    cluster.apply('pods', barePod('rng'));
    await cluster.settled();
    expect(cluster.eventMessages('FailedScheduling')).toEqual(['no nodes available to schedule pods']);
  });

  test('retries when a node is added, uncordoned or freed', async () => {
    const cluster = newTestCluster({ nodes: [] });
    cluster.apply('pods', barePod('first', { spec: requests('3') }));
    await cluster.settled();
    cluster.apply('nodes', node('node-1', { spec: { unschedulable: true } }));
    await cluster.settled();
    expect(nodeOf(cluster, 'first')).toBeUndefined();
    cluster.patch('nodes', 'node-1', { spec: { unschedulable: null } });
    await cluster.settled();
    expect(nodeOf(cluster, 'first')).toBe('node-1');
    cluster.apply('pods', barePod('second', { spec: requests('3') }));
    await cluster.settled();
    expect(nodeOf(cluster, 'second')).toBeUndefined();
    cluster.remove('pods', 'first');
    await cluster.settled();
    expect(nodeOf(cluster, 'second')).toBe('node-1');
    expect(cluster.eventMessages('Scheduled')).toEqual([
      'Successfully assigned default/first to node-1',
      'Successfully assigned default/second to node-1',
    ]);
  });

  test('binds pods with the same host port to different nodes', async () => {
    const cluster = newTestCluster({ nodes: ['node-1', 'node-2'] });
    const containers = [{ name: 'rng', image: 'rng', ports: [{ containerPort: 80, hostPort: 8080 }] }];
    for (const name of ['one', 'two', 'three']) cluster.apply('pods', barePod(name, { spec: { containers } }));
    await cluster.settled();
    expect(new Set([nodeOf(cluster, 'one'), nodeOf(cluster, 'two')])).toEqual(new Set(['node-1', 'node-2']));
    expect(nodeOf(cluster, 'three')).toBeUndefined();
    expect(cluster.eventMessages('FailedScheduling')[0]).toContain(
      "2 node(s) didn't have free ports for the requested pod ports",
    );
  });

  test('spreads the pods of one owner evenly over nodes and zones', async () => {
    const cluster = newTestCluster({ nodes: [] });
    for (const [name, zone] of [
      ['a1', 'a'],
      ['a2', 'a'],
      ['b1', 'b'],
      ['b2', 'b'],
    ] as const) {
      cluster.apply('nodes', node(name, { labels: { 'topology.kubernetes.io/zone': zone } }));
    }
    cluster.apply('deployments', workload('Deployment', { spec: { replicas: 8 } }));
    await cluster.settled();
    const counts = Map.groupBy(cluster.pods(), (pod) => pod.spec.nodeName);
    expect([...counts.values()].map((pods) => pods.length)).toEqual([2, 2, 2, 2]);
  });

  test('respects required and preferred node affinity', async () => {
    const cluster = newTestCluster({ nodes: ['node-1', 'node-2', 'node-3'] });
    const term = (names: string[]) => ({
      matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: names }],
    });
    const nodeAffinity = {
      requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [term(['node-1', 'node-2'])] },
      preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, preference: term(['node-2', 'node-3']) }],
    };
    cluster.apply('pods', barePod('rng', { spec: { affinity: { nodeAffinity } } }));
    await cluster.settled();
    expect(nodeOf(cluster, 'rng')).toBe('node-2');
  });

  test('ignores pods of another scheduler and gated pods', async () => {
    const cluster = newTestCluster();
    cluster.apply('pods', barePod('other', { spec: { schedulerName: 'another-scheduler' } }));
    cluster.apply('pods', barePod('gated', { spec: { schedulingGates: [{ name: 'pitlane.dev/hold' }] } }));
    await cluster.settled();
    expect([nodeOf(cluster, 'other'), nodeOf(cluster, 'gated')]).toEqual([undefined, undefined]);
    expect(conditionOf(asPod(cluster.get('pods', 'gated')), 'PodScheduled')).toMatchObject({
      reason: 'SchedulingGated',
    });
  });

  test('keeps the replacement off the node of a drained pod with anti-affinity, whatever its labels', async () => {
    const labelSelector = { matchLabels: { app: 'rng' } };
    const podAntiAffinity = {
      requiredDuringSchedulingIgnoredDuringExecution: [{ labelSelector, topologyKey: 'kubernetes.io/hostname' }],
    };
    const cluster = newTestCluster();
    cluster.apply(
      'deployments',
      workload('Deployment', { spec: { replicas: 3 }, podSpec: { affinity: { podAntiAffinity } } }),
    );
    await cluster.settled();
    const [pod] = cluster.pods() as [Pod];
    cluster.patch('pods', pod.metadata.name, { metadata: { labels: { app: null } } });
    await cluster.settled();
    const [pending] = cluster.pods().filter(({ spec }) => !spec.nodeName) as [Pod];
    expect(conditionOf(pending, 'PodScheduled')?.message).toMatch(
      /^0\/3 nodes are available: 1 node\(s\) didn't satisfy existing pods anti-affinity rules, 2 node\(s\) didn't match pod anti-affinity rules\./,
    );
    cluster.remove('pods', pod.metadata.name);
    await cluster.settled();
    expect(nodeOf(cluster, pending.metadata.name)).toBe(pod.spec.nodeName);
  });

  test('retries a pod when the repelled labels of another pod change', async () => {
    const cluster = newTestCluster({ nodes: ['node-1'] });
    const term = { labelSelector: { matchLabels: { app: 'rng' } }, topologyKey: 'kubernetes.io/hostname' };
    const podAntiAffinity = { requiredDuringSchedulingIgnoredDuringExecution: [term] };
    cluster.apply('pods', barePod('first'));
    await cluster.settled();
    cluster.apply('pods', barePod('second', { spec: { affinity: { podAntiAffinity } } }));
    await cluster.settled();
    expect(nodeOf(cluster, 'second')).toBeUndefined();
    cluster.patch('pods', 'first', { metadata: { labels: { app: null } } });
    await cluster.settled();
    expect(nodeOf(cluster, 'second')).toBe('node-1');
  });

  test('keeps a pod off the node of a pod that repels it', async () => {
    const cluster = newTestCluster({ nodes: ['node-1'] });
    const term = { labelSelector: { matchLabels: { tier: 'noisy' } }, topologyKey: 'kubernetes.io/hostname' };
    const podAntiAffinity = { requiredDuringSchedulingIgnoredDuringExecution: [term] };
    cluster.apply('pods', barePod('quiet', { spec: { affinity: { podAntiAffinity } } }));
    await cluster.settled();
    cluster.apply('pods', barePod('noisy', { metadata: { labels: { tier: 'noisy' } } }));
    await cluster.settled();
    expect(cluster.eventMessages('FailedScheduling')[0]).toContain(
      "1 node(s) didn't satisfy existing pods anti-affinity rules",
    );
    cluster.remove('pods', 'quiet');
    await cluster.settled();
    expect(nodeOf(cluster, 'noisy')).toBe('node-1');
  });

  test('binds pods with affinity to each other to one node', async () => {
    const cluster = newTestCluster();
    const term = { labelSelector: { matchLabels: { app: 'rng' } }, topologyKey: 'kubernetes.io/hostname' };
    const podAffinity = { requiredDuringSchedulingIgnoredDuringExecution: [term] };
    cluster.apply(
      'deployments',
      workload('Deployment', { spec: { replicas: 3 }, podSpec: { affinity: { podAffinity } } }),
    );
    await cluster.settled();
    expect(new Set(cluster.pods().map(({ spec }) => spec.nodeName)).size).toBe(1);
  });

  test('leaves pods pending when they would violate a hard spread constraint', async () => {
    const cluster = newTestCluster({ nodes: ['node-1'] });
    cluster.apply('nodes', node('node-2', { allocatable: { pods: '1' } }));
    const labelSelector = { matchLabels: { app: 'rng' } };
    const constraint = {
      maxSkew: 1,
      topologyKey: 'kubernetes.io/hostname',
      whenUnsatisfiable: 'DoNotSchedule',
      labelSelector,
    };
    const podSpec = { topologySpreadConstraints: [constraint] };
    cluster.apply('deployments', workload('Deployment', { spec: { replicas: 4 }, podSpec }));
    await cluster.settled();
    const placed = cluster.pods().flatMap(({ spec }) => spec.nodeName ?? []);
    expect(placed.sort()).toEqual(['node-1', 'node-1', 'node-2']);
    expect(cluster.eventMessages('FailedScheduling')[0]).toMatch(
      /^0\/2 nodes are available: 1 Too many pods, 1 node\(s\) didn't match pod topology spread constraints\./,
    );
  });
});
