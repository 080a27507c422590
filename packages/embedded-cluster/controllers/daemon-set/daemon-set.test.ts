import { describe, expect, test } from 'vitest';
import { isReady, type Pod } from '../../api/pod.ts';
import {
  barePod,
  newTestCluster,
  node,
  readyCondition,
  setStatus,
  type TestCluster,
  workload,
} from '../cluster.fixture.ts';

async function rngDaemonSet(changes: { spec?: object; podSpec?: object; nodes?: string[] } = {}): Promise<TestCluster> {
  const cluster = newTestCluster(changes.nodes === undefined ? {} : { nodes: changes.nodes });
  cluster.apply('daemonsets', workload('DaemonSet', changes));
  await cluster.settled();
  return cluster;
}

function podOn(cluster: TestCluster, nodeName: string): Pod {
  const [pod] = cluster.pods().filter((each) => each.spec.nodeName === nodeName);
  if (pod === undefined) throw new Error(`no pod on ${nodeName}`);
  return pod;
}

/** Removes the pod from its DaemonSet's selector, as a drain does. */
function release(cluster: TestCluster, pod: Pod): void {
  cluster.patch('pods', pod.metadata.name, { metadata: { labels: { app: null } } });
}

function restore(cluster: TestCluster, pod: Pod): void {
  cluster.patch('pods', pod.metadata.name, { metadata: { labels: { app: 'rng' } } });
}

describe('a DaemonSet', () => {
  test('runs one pod on each node, bound by the scheduler through matchFields', async () => {
    const cluster = await rngDaemonSet();
    expect(
      cluster
        .pods()
        .map((pod) => pod.spec.nodeName)
        .sort(),
    ).toEqual(['node-1', 'node-2', 'node-3']);
    const pod = podOn(cluster, 'node-1');
    expect(pod.metadata.name).toMatch(/^rng-[a-z0-9]{5}$/);
    expect(pod.spec.affinity).toEqual({
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['node-1'] }] }],
        },
      },
    });
    expect(pod.metadata.labels).toEqual({
      app: 'rng',
      'controller-revision-hash': cluster.api.list('controllerrevisions', 'default')[0]?.metadata.labels?.[
        'controller-revision-hash'
      ],
      'pod-template-generation': '1',
    });
    expect(cluster.get('daemonsets', 'rng').status).toEqual({
      currentNumberScheduled: 3,
      desiredNumberScheduled: 3,
      numberMisscheduled: 0,
      numberReady: 3,
      numberAvailable: 3,
      updatedNumberScheduled: 3,
      observedGeneration: 1,
    });
  });

  test('tolerates not ready, unreachable, pressures and cordons, with hostNetwork also a missing network', async () => {
    const cluster = await rngDaemonSet({ nodes: ['node-1'], podSpec: { hostNetwork: true } });
    const [pod] = cluster.pods();
    expect(pod?.spec.tolerations?.map(({ key, effect, operator }) => `${key}:${effect} ${operator}`)).toEqual([
      'node.kubernetes.io/not-ready:NoExecute Exists',
      'node.kubernetes.io/unreachable:NoExecute Exists',
      'node.kubernetes.io/disk-pressure:NoSchedule Exists',
      'node.kubernetes.io/memory-pressure:NoSchedule Exists',
      'node.kubernetes.io/pid-pressure:NoSchedule Exists',
      'node.kubernetes.io/unschedulable:NoSchedule Exists',
      'node.kubernetes.io/network-unavailable:NoSchedule Exists',
    ]);
  });

  test('runs on cordoned and new nodes', async () => {
    const cluster = newTestCluster({ nodes: [] });
    cluster.apply('nodes', node('node-1', { spec: { unschedulable: true } }));
    cluster.apply('daemonsets', workload('DaemonSet'));
    await cluster.settled();
    expect(cluster.pods().map((pod) => pod.spec.nodeName)).toEqual(['node-1']);
    cluster.apply('nodes', node('node-2'));
    await cluster.settled();
    expect(
      cluster
        .pods()
        .map((pod) => pod.spec.nodeName)
        .sort(),
    ).toEqual(['node-1', 'node-2']);
  });

  test('skips a node with an untolerated taint, but keeps a running pod under a later NoSchedule taint', async () => {
    const cluster = newTestCluster({ nodes: ['node-1'] });
    const taint = { key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' };
    cluster.apply('nodes', node('control', { spec: { taints: [taint] } }));
    cluster.apply('daemonsets', workload('DaemonSet'));
    await cluster.settled();
    expect(cluster.pods().map((pod) => pod.spec.nodeName)).toEqual(['node-1']);
    cluster.patch('nodes', 'node-1', { spec: { taints: [taint] } });
    await cluster.settled();
    expect(cluster.pods()).toHaveLength(1);
    // The controller ignores the change, since there is nothing to do on the node, and keeps the status.
    expect(cluster.get('daemonsets', 'rng').status).toMatchObject({ desiredNumberScheduled: 1, numberMisscheduled: 0 });
    cluster.patch('daemonsets', 'rng', { metadata: { annotations: { note: 'looked at' } } });
    await cluster.settled();
    expect(cluster.get('daemonsets', 'rng').status).toMatchObject({ desiredNumberScheduled: 0, numberMisscheduled: 1 });
    cluster.patch('nodes', 'node-1', { spec: { taints: null } });
    await cluster.settled();
    expect(cluster.get('daemonsets', 'rng').status).toMatchObject({ desiredNumberScheduled: 1, numberMisscheduled: 0 });
  });

  test('deletes the running pod under a NoExecute taint or a nodeSelector that no longer matches', async () => {
    const cluster = newTestCluster({ nodes: [] });
    cluster.apply('nodes', node('node-1', { labels: { disk: 'ssd' } }));
    cluster.apply('nodes', node('node-2', { labels: { disk: 'ssd' } }));
    cluster.apply('daemonsets', workload('DaemonSet', { podSpec: { nodeSelector: { disk: 'ssd' } } }));
    await cluster.settled();
    expect(cluster.pods()).toHaveLength(2);
    cluster.patch('nodes', 'node-1', { spec: { taints: [{ key: 'maintenance', effect: 'NoExecute' }] } });
    cluster.patch('nodes', 'node-2', { metadata: { labels: { disk: 'hdd' } } });
    await cluster.settled();
    expect(cluster.pods()).toEqual([]);
  });

  test('replaces a released pod at once and leaves the old one running', async () => {
    const cluster = await rngDaemonSet();
    const pod = podOn(cluster, 'node-1');
    release(cluster, pod);
    await cluster.settled();
    expect(cluster.pods()).toHaveLength(4);
    expect(cluster.get('pods', pod.metadata.name).metadata.ownerReferences).toBeUndefined();
    expect(cluster.get('pods', pod.metadata.name).metadata.labels).toHaveProperty('controller-revision-hash');
  });

  test('keeps a restored pod and deletes its younger replacement, even when the restored one is not ready', async () => {
    const cluster = await rngDaemonSet();
    const pod = podOn(cluster, 'node-1');
    release(cluster, pod);
    await cluster.pass(60);
    setStatus(cluster.api, pod, { conditions: [readyCondition(false, cluster.clock.now)] });
    restore(cluster, pod);
    await cluster.settled();
    const left = cluster.pods().filter((each) => each.spec.nodeName === 'node-1');
    expect(left.map((each) => each.metadata.name)).toEqual([pod.metadata.name]);
    expect(left.map(isReady)).toEqual([false]);
  });

  test('keeps the pod with the smaller name when both were created in the same second', async () => {
    const cluster = await rngDaemonSet({ nodes: ['node-1'], spec: { updateStrategy: { type: 'OnDelete' } } });
    cluster.apply('pods', barePod('rng-00000', { spec: { nodeName: 'node-1' } }));
    await cluster.settled();
    expect(cluster.pods().map((pod) => pod.metadata.name)).toEqual(['rng-00000']);
  });

  test('ignores deletion costs', async () => {
    const cluster = await rngDaemonSet({ nodes: ['node-1'] });
    await cluster.pass(60);
    const annotations = { 'controller.kubernetes.io/pod-deletion-cost': '1000' };
    cluster.apply('pods', barePod('rng-00000', { metadata: { annotations }, spec: { nodeName: 'node-1' } }));
    await cluster.settled();
    expect(cluster.pods().map((pod) => pod.metadata.name)).not.toContain('rng-00000');
  });

  test('deletes a restored pod of an old revision and its replacement under RollingUpdate', async () => {
    const cluster = await rngDaemonSet({ nodes: ['node-1'] });
    const pod = podOn(cluster, 'node-1');
    release(cluster, pod);
    await cluster.settled();
    cluster.patch('daemonsets', 'rng', { spec: { template: { metadata: { annotations: { build: '2' } } } } });
    await cluster.pass(60);
    const [replacement] = cluster.pods({ app: 'rng' });
    restore(cluster, pod);
    await cluster.settled();
    const names = cluster.pods().map((each) => each.metadata.name);
    expect(names).toHaveLength(1);
    expect(names).not.toContain(pod.metadata.name);
    expect(names).not.toContain(replacement?.metadata.name);
  });

  test('keeps a restored pod of an old revision under OnDelete', async () => {
    const cluster = await rngDaemonSet({ nodes: ['node-1'], spec: { updateStrategy: { type: 'OnDelete' } } });
    const pod = podOn(cluster, 'node-1');
    // Makes it older than its replacement: within one second the name would decide.
    await cluster.pass(60);
    release(cluster, pod);
    await cluster.settled();
    cluster.patch('daemonsets', 'rng', { spec: { template: { metadata: { annotations: { build: '2' } } } } });
    await cluster.pass(60);
    restore(cluster, pod);
    await cluster.settled();
    expect(cluster.pods().map((each) => each.metadata.name)).toEqual([pod.metadata.name]);
    expect(cluster.get('daemonsets', 'rng').status.updatedNumberScheduled).toBeUndefined();
  });

  test('takes a pod with the current pod-template-generation as up to date without the hash', async () => {
    const cluster = await rngDaemonSet({ nodes: ['node-1'] });
    const pod = podOn(cluster, 'node-1');
    cluster.patch('pods', pod.metadata.name, { metadata: { labels: { 'controller-revision-hash': null } } });
    await cluster.settled();
    expect(cluster.pods().map((each) => each.metadata.name)).toEqual([pod.metadata.name]);
    cluster.patch('pods', pod.metadata.name, { metadata: { labels: { 'pod-template-generation': null } } });
    await cluster.settled();
    expect(cluster.pods().map((each) => each.metadata.name)).not.toContain(pod.metadata.name);
  });

  test('replaces failed and succeeded pods with an Event', async () => {
    const cluster = await rngDaemonSet();
    const [failed, succeeded] = [podOn(cluster, 'node-1'), podOn(cluster, 'node-2')];
    setStatus(cluster.api, failed, { phase: 'Failed' });
    setStatus(cluster.api, succeeded, { phase: 'Succeeded' });
    await cluster.settled();
    expect(cluster.pods()).toHaveLength(3);
    expect(cluster.pods().every(isReady)).toBe(true);
    expect(cluster.eventMessages('FailedDaemonPod')).toEqual([
      `Found failed daemon pod default/${failed.metadata.name} on node node-1, will try to kill it`,
    ]);
    expect(cluster.eventMessages('SucceededDaemonPod')).toHaveLength(1);
  });

  test('delays the replacement of a pod that fails again within a second', async () => {
    const cluster = await rngDaemonSet({ nodes: ['node-1'] });
    setStatus(cluster.api, podOn(cluster, 'node-1'), { phase: 'Failed' });
    await cluster.settled();
    const second = podOn(cluster, 'node-1');
    setStatus(cluster.api, second, { phase: 'Failed' });
    await cluster.settled();
    expect(cluster.pods().map((pod) => pod.metadata.name)).toEqual([second.metadata.name]);
    await cluster.pass(2);
    expect(cluster.pods().map((pod) => pod.metadata.name)).not.toContain(second.metadata.name);
  });

  test('waits for a terminating pod before it replaces it', async () => {
    const cluster = await rngDaemonSet({ nodes: ['node-1'] });
    const pod = podOn(cluster, 'node-1');
    cluster.patch('pods', pod.metadata.name, { metadata: { finalizers: ['pitlane.dev/test'] } });
    cluster.remove('pods', pod.metadata.name);
    await cluster.settled();
    expect(cluster.pods()).toHaveLength(1);
    cluster.patch('pods', pod.metadata.name, { metadata: { finalizers: null } });
    await cluster.settled();
    expect(cluster.pods().map((each) => each.metadata.name)).not.toContain(pod.metadata.name);
    expect(cluster.pods()).toHaveLength(1);
  });

  test('updates at most maxUnavailable pods at a time', async () => {
    const cluster = await rngDaemonSet();
    const before = new Set(cluster.pods().map((pod) => pod.metadata.name));
    cluster.readiness = () => false;
    cluster.patch('daemonsets', 'rng', { spec: { template: { metadata: { annotations: { build: '2' } } } } });
    await cluster.settled();
    expect(cluster.pods().filter((pod) => before.has(pod.metadata.name))).toHaveLength(2);
    expect(cluster.get('daemonsets', 'rng').status).toMatchObject({ updatedNumberScheduled: 1, numberUnavailable: 1 });
    cluster.readiness = () => true;
    const [stuck] = cluster.pods().filter((pod) => !isReady(pod));
    setStatus(cluster.api, stuck as Pod, { conditions: [readyCondition(true, cluster.clock.now)] });
    await cluster.settled();
    expect(cluster.get('daemonsets', 'rng').status).toMatchObject({ updatedNumberScheduled: 3, numberReady: 3 });
  });

  test('deletes the old pod only when the new one is available with maxSurge', async () => {
    const spec = { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } } };
    const cluster = await rngDaemonSet({ nodes: ['node-1'], spec });
    const old = podOn(cluster, 'node-1');
    cluster.readiness = () => false;
    cluster.patch('daemonsets', 'rng', { spec: { template: { metadata: { annotations: { build: '2' } } } } });
    await cluster.settled();
    expect(cluster.pods()).toHaveLength(2);
    const [young] = cluster.pods().filter((pod) => pod.metadata.name !== old.metadata.name);
    setStatus(cluster.api, young as Pod, { conditions: [readyCondition(true, cluster.clock.now)] });
    await cluster.settled();
    expect(cluster.pods().map((pod) => pod.metadata.name)).toEqual([young?.metadata.name]);
  });

  test('keeps one revision for each template and reuses the old one on a rollback', async () => {
    const cluster = await rngDaemonSet({ nodes: ['node-1'] });
    const annotate = (build: string | null) =>
      cluster.patch('daemonsets', 'rng', { spec: { template: { metadata: { annotations: { build } } } } });
    annotate('2');
    await cluster.settled();
    annotate(null);
    await cluster.settled();
    const revisions = cluster.api.list('controllerrevisions', 'default').map(({ revision }) => revision);
    expect(revisions.sort()).toEqual([2, 3]);
  });
});
