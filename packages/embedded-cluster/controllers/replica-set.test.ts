import { describe, expect, test } from 'vitest';
import { isReady, type Pod } from '../api/pod.ts';
import { barePod, newTestCluster, readyCondition, setStatus, type TestCluster, workload } from './cluster.fixture.ts';

async function rngDeployment({ replicas }: { replicas: number }): Promise<TestCluster> {
  const cluster = newTestCluster();
  cluster.apply('deployments', workload('Deployment', { spec: { replicas } }));
  await cluster.settled();
  return cluster;
}

describe('a ReplicaSet', () => {
  test('updates its status when minReadySeconds are over', async () => {
    const cluster = newTestCluster();
    cluster.apply('replicasets', workload('ReplicaSet', { spec: { replicas: 1, minReadySeconds: 1 } }));
    await cluster.settled();
    cluster.clock.now += 1000;
    await expect.poll(() => cluster.get('replicasets', 'rng').status.availableReplicas, { timeout: 5000 }).toBe(1);
  });

  test('scales down the pod on the node with most pods of all ReplicaSets of the Deployment', async () => {
    const cluster = await rngDeployment({ replicas: 4 });
    cluster.patch('deployments', 'rng', { spec: { replicas: 3 } });
    await cluster.settled();
    expect(
      cluster
        .pods()
        .map((pod) => pod.spec.nodeName)
        .sort(),
    ).toEqual(['node-1', 'node-2', 'node-3']);
  });

  test('keeps a restored ready pod with a higher cost and deletes the replacement', async () => {
    const cluster = await rngDeployment({ replicas: 1 });
    const [pod] = cluster.pods() as [Pod];
    cluster.patch('pods', pod.metadata.name, { metadata: { labels: { app: null } } });
    await cluster.pass(60);
    const annotations = { 'controller.kubernetes.io/pod-deletion-cost': '100' };
    cluster.patch('pods', pod.metadata.name, { metadata: { labels: { app: 'rng' }, annotations } });
    await cluster.settled();
    expect(cluster.pods().map(({ metadata }) => metadata.name)).toEqual([pod.metadata.name]);
  });

  test('deletes a restored unready pod despite its cost', async () => {
    const cluster = await rngDeployment({ replicas: 1 });
    const [pod] = cluster.pods() as [Pod];
    cluster.patch('pods', pod.metadata.name, { metadata: { labels: { app: null } } });
    await cluster.settled();
    setStatus(cluster.api, pod, { conditions: [readyCondition(false, cluster.clock.now)] });
    const annotations = { 'controller.kubernetes.io/pod-deletion-cost': '2147483647' };
    cluster.patch('pods', pod.metadata.name, { metadata: { labels: { app: 'rng' }, annotations } });
    await cluster.settled();
    expect(cluster.pods().map(({ metadata }) => metadata.name)).not.toContain(pod.metadata.name);
  });

  test('records created and deleted pods, and failures', async () => {
    const cluster = await rngDeployment({ replicas: 1 });
    const [pod] = cluster.pods() as [Pod];
    expect(cluster.eventMessages('SuccessfulCreate')).toEqual([`Created pod: ${pod.metadata.name}`]);
    cluster.patch('deployments', 'rng', { spec: { replicas: 0 } });
    await cluster.settled();
    expect(cluster.eventMessages('SuccessfulDelete')).toEqual([`Deleted pod: ${pod.metadata.name}`]);
    cluster.patch('deployments', 'rng', {
      spec: { replicas: 2, template: { spec: { serviceAccountName: 'missing' } } },
    });
    await cluster.settled();
    expect(cluster.eventMessages('FailedCreate')[0]).toMatch(
      /^Error creating: pods "rng-\w+-.*serviceaccount "missing" not found$/,
    );
    const { conditions } = cluster.get('deployments', 'rng').status;
    expect(conditions).toContainEqual(
      expect.objectContaining({ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate' }),
    );
  });

  test('has the same rules as a ReplicationController', async () => {
    const cluster = newTestCluster();
    const { spec } = workload('ReplicationController') as { spec: { template: object } };
    const metadata = { name: 'rng', namespace: 'default' };
    cluster.apply('replicationcontrollers', {
      apiVersion: 'v1',
      kind: 'ReplicationController',
      metadata,
      spec: { replicas: 2, selector: { app: 'rng' }, template: spec.template },
    });
    await cluster.settled();
    expect(cluster.pods().filter(isReady)).toHaveLength(2);
    cluster.apply('pods', barePod('stray', { spec: { nodeName: 'node-1' } }));
    await cluster.settled();
    expect(cluster.pods()).toHaveLength(2);
    expect(cluster.get('replicationcontrollers', 'rng').status).toMatchObject({ replicas: 2, readyReplicas: 2 });
  });
});
