import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../api/api.ts';
import type { Pod } from '../api/pod.ts';
import { barePod, newTestCluster, service, type TestCluster, workload } from './cluster.fixture.ts';

async function rngDeployment(): Promise<TestCluster> {
  const cluster = newTestCluster();
  cluster.apply('deployments', workload('Deployment', { spec: { replicas: 2 } }));
  await cluster.settled();
  return cluster;
}

function ownedBy(...owners: (KubeObject | { name: string; uid: string })[]): object {
  const references = owners.map((owner) =>
    'metadata' in owner
      ? { apiVersion: owner.apiVersion, kind: owner.kind, name: owner.metadata.name, uid: owner.metadata.uid }
      : { apiVersion: 'v1', kind: 'Service', ...owner },
  );
  return { metadata: { ownerReferences: references } };
}

const gone = { name: 'gone', uid: '00000000-0000-4000-8000-000000000000' };

describe('the garbage collector', () => {
  test('deletes ReplicaSets and pods after their Deployment in the background', async () => {
    const cluster = await rngDeployment();
    cluster.remove('deployments', 'rng');
    expect(cluster.api.get('deployments', 'default', 'rng')).toBeUndefined();
    await cluster.settled();
    expect(cluster.api.list('replicasets', 'default')).toEqual([]);
    expect(cluster.pods()).toEqual([]);
  });

  test('deletes the Deployment last in the foreground', async () => {
    const cluster = await rngDeployment();
    const order: string[] = [];
    cluster.api.subscribe(({ type, object }) => {
      if (type === 'DELETED') order.push(object.kind);
    });
    cluster.remove('deployments', 'rng', 'Foreground');
    expect(cluster.get('deployments', 'rng').metadata.finalizers).toEqual(['foregroundDeletion']);
    await cluster.settled();
    expect(order).toEqual(['Pod', 'Pod', 'ReplicaSet', 'Deployment']);
  });

  test('leaves the orphaned ReplicaSet with its pods', async () => {
    const cluster = await rngDeployment();
    cluster.remove('deployments', 'rng', 'Orphan');
    await cluster.settled();
    expect(cluster.api.get('deployments', 'default', 'rng')).toBeUndefined();
    const [set] = cluster.api.list('replicasets', 'default');
    expect(set?.metadata.ownerReferences).toBeUndefined();
    expect(cluster.pods()).toHaveLength(2);
  });

  test('deletes a canary with the Service that owns it', async () => {
    const cluster = newTestCluster();
    const owner = cluster.apply('services', service());
    cluster.apply('pods', barePod('canary', ownedBy(owner)));
    await cluster.settled();
    expect(cluster.pods()).toHaveLength(1);
    cluster.remove('services', 'rng');
    await cluster.settled();
    expect(cluster.pods()).toEqual([]);
  });

  test('deletes a pod whose owners never existed', async () => {
    const cluster = newTestCluster();
    cluster.apply('pods', barePod('stray', ownedBy(gone)));
    await cluster.settled();
    expect(cluster.pods()).toEqual([]);
  });

  test('removes only dangling references while one owner exists', async () => {
    const cluster = newTestCluster();
    const owner = cluster.apply('services', service());
    cluster.apply('pods', barePod('canary', ownedBy(gone, owner)));
    await cluster.settled();
    expect(cluster.pods()[0]?.metadata.ownerReferences).toMatchObject([{ uid: owner.metadata.uid }]);
  });

  test('does not accept an owner of the name with another uid', async () => {
    const cluster = newTestCluster();
    cluster.apply('services', service());
    cluster.apply('pods', barePod('canary', ownedBy({ name: 'rng', uid: gone.uid })));
    await cluster.settled();
    expect(cluster.pods()).toEqual([]);
  });

  test('looks for owners in the namespace of the dependent', async () => {
    const cluster = newTestCluster();
    cluster.apply('namespaces', { metadata: { name: 'other' } });
    await cluster.settled();
    const owner = cluster.apply('services', { ...service(), metadata: { name: 'rng', namespace: 'other' } });
    cluster.apply('pods', barePod('canary', ownedBy(owner)));
    await cluster.settled();
    expect(cluster.pods()).toEqual([]);
  });

  test('leaves a released pod when its Deployment is deleted', async () => {
    const cluster = await rngDeployment();
    const [pod] = cluster.pods() as [Pod];
    cluster.patch('pods', pod.metadata.name, { metadata: { labels: { app: null } } });
    await cluster.settled();
    cluster.remove('deployments', 'rng');
    await cluster.settled();
    expect(cluster.pods().map(({ metadata }) => metadata.name)).toEqual([pod.metadata.name]);
  });
});

describe('namespaces and nodes', () => {
  test('a new namespace gets a ServiceAccount and the root certificates, which are recreated', async () => {
    const cluster = newTestCluster();
    cluster.apply('namespaces', { metadata: { name: 'other' } });
    await cluster.settled();
    expect(cluster.api.get('serviceaccounts', 'other', 'default')).toBeDefined();
    cluster.api.delete('configmaps', 'other', 'kube-root-ca.crt');
    await cluster.settled();
    expect(cluster.api.get('configmaps', 'other', 'kube-root-ca.crt')).toBeDefined();
  });

  test('a deleted namespace is emptied', async () => {
    const cluster = newTestCluster();
    cluster.apply('namespaces', { metadata: { name: 'other' } });
    await cluster.settled();
    const elsewhere = (object: object) => ({ ...object, metadata: { name: 'rng', namespace: 'other' } });
    cluster.apply('deployments', elsewhere(workload('Deployment', { spec: { replicas: 2 } })));
    cluster.apply('services', elsewhere(service()));
    await cluster.settled();
    expect(cluster.api.list('pods', 'other')).toHaveLength(2);
    cluster.api.delete('namespaces', undefined, 'other');
    for (const pod of cluster.api.list('pods', 'other')) {
      cluster.api.delete('pods', 'other', pod.metadata.name, { gracePeriodSeconds: 0 });
    }
    await cluster.settled();
    expect(cluster.api.get('namespaces', undefined, 'other')).toBeUndefined();
    expect(cluster.api.list('deployments', 'other')).toEqual([]);
  });

  test('the pods of a missing node are deleted after the quarantine and replaced elsewhere', async () => {
    const cluster = newTestCluster({ nodes: ['node-1', 'node-2'] });
    cluster.apply('deployments', workload('Deployment', { spec: { replicas: 4 } }));
    await cluster.settled();
    cluster.remove('nodes', 'node-1');
    await cluster.settled();
    const onNode = (name: string) => cluster.pods().filter((pod) => pod.spec.nodeName === name).length;
    expect([onNode('node-1'), onNode('node-2')]).toEqual([2, 2]);
    cluster.clock.now += 41_000;
    cluster.patch('pods', cluster.pods().find((pod) => pod.spec.nodeName === 'node-1')?.metadata.name ?? '', {
      metadata: { annotations: { woken: 'yes' } },
    });
    await cluster.settled();
    expect([onNode('node-1'), onNode('node-2')]).toEqual([0, 4]);
  });

  test('a cordoned node has a taint until it is uncordoned', async () => {
    const cluster = newTestCluster({ nodes: ['node-1'] });
    cluster.patch('nodes', 'node-1', { spec: { unschedulable: true } });
    await cluster.settled();
    expect(cluster.get('nodes', 'node-1').spec.taints).toMatchObject([
      { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' },
    ]);
    cluster.patch('nodes', 'node-1', { spec: { unschedulable: null } });
    await cluster.settled();
    expect(cluster.get('nodes', 'node-1').spec.taints).toBeUndefined();
  });
});
