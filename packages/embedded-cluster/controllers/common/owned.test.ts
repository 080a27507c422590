import { describe, expect, test } from 'vitest';
import type { KubeObject, OwnerReference } from '../../api/api.ts';
import type { Pod } from '../../api/pod.ts';
import { barePod, newTestCluster, service, type TestCluster, workload } from '../cluster.fixture.ts';

async function rngReplicaSet(replicas: number): Promise<TestCluster> {
  const cluster = newTestCluster();
  cluster.apply('replicasets', workload('ReplicaSet', { spec: { replicas } }));
  await cluster.settled();
  return cluster;
}

function referenceTo(owner: KubeObject, fields: Partial<OwnerReference> = {}): OwnerReference {
  const { apiVersion, kind, metadata } = owner;
  return { apiVersion, kind, name: metadata.name, uid: metadata.uid, ...fields };
}

describe('a controller', () => {
  test('adopts a matching orphan and deletes the surplus pod in the same sync', async () => {
    const cluster = await rngReplicaSet(1);
    const [own] = cluster.pods();
    cluster.apply('pods', barePod('stray', { spec: { nodeName: 'node-1' } }));
    const versions: (string | undefined)[] = [];
    cluster.api.subscribe(({ resource, object }) => {
      if (resource === 'pods') versions.push(`${object.metadata.name} ${object.metadata.ownerReferences?.[0]?.kind}`);
    });
    await cluster.settled();
    // Pending pods are deleted before running ones, so the adopted pod goes.
    expect(versions[0]).toBe('stray ReplicaSet');
    expect(cluster.pods().map((pod) => pod.metadata.name)).toEqual([own?.metadata.name]);
    expect(cluster.eventMessages('SuccessfulDelete')).toEqual(['Deleted pod: stray']);
  });

  test('adopts with controller and blockOwnerDeletion, and keeps other references and labels', async () => {
    const cluster = newTestCluster();
    const owner = cluster.apply('services', service());
    const plain = referenceTo(owner);
    cluster.apply('pods', barePod('stray', { metadata: { ownerReferences: [plain] }, spec: { nodeName: 'node-1' } }));
    await cluster.settled();
    const set = cluster.apply('replicasets', workload('ReplicaSet', { spec: { replicas: 1 } }));
    await cluster.settled();
    const [pod] = cluster.pods();
    expect(pod?.metadata).toMatchObject({ name: 'stray', labels: { app: 'rng' } });
    expect(pod?.metadata.ownerReferences).toEqual([
      referenceTo(set, { controller: true, blockOwnerDeletion: true }),
      plain,
    ]);
  });

  test('does not adopt a pod with a controllerRef of any kind, even to a Service', async () => {
    const cluster = newTestCluster();
    const owner = cluster.apply('services', service());
    const ownerReferences = [referenceTo(owner, { controller: true })];
    cluster.apply('pods', barePod('canary', { metadata: { ownerReferences }, spec: { nodeName: 'node-1' } }));
    cluster.apply('replicasets', workload('ReplicaSet', { spec: { replicas: 1 } }));
    await cluster.settled();
    expect(cluster.pods()).toHaveLength(2);
    expect(cluster.get('pods', 'canary').metadata.ownerReferences).toEqual(ownerReferences);
  });

  test('releases a pod that no longer matches, keeps its labels and annotations, and replaces it', async () => {
    const cluster = await rngReplicaSet(2);
    const [pod] = cluster.pods() as [Pod];
    cluster.patch('pods', pod.metadata.name, { metadata: { labels: { app: null, tier: 'debug' } } });
    await cluster.settled();
    const released = cluster.get('pods', pod.metadata.name);
    expect(released.metadata.ownerReferences).toBeUndefined();
    expect(released.metadata.labels).toEqual({ tier: 'debug' });
    expect(cluster.pods({ app: 'rng' })).toHaveLength(2);
  });

  test('does not adopt succeeded, failed or terminating pods', async () => {
    const cluster = newTestCluster();
    for (const name of ['done', 'broken', 'leaving']) {
      const finalizers = name === 'leaving' ? ['pitlane.dev/test'] : [];
      cluster.apply('pods', barePod(name, { metadata: { finalizers }, spec: { nodeName: 'node-1' } }));
    }
    await cluster.settled();
    cluster.api.mergePatch('pods', 'default', 'done', { status: { phase: 'Succeeded' } }, { subresource: 'status' });
    cluster.api.mergePatch('pods', 'default', 'broken', { status: { phase: 'Failed' } }, { subresource: 'status' });
    cluster.remove('pods', 'leaving');
    cluster.apply('replicasets', workload('ReplicaSet', { spec: { replicas: 1 } }));
    await cluster.settled();
    for (const name of ['done', 'broken', 'leaving']) {
      expect(cluster.get('pods', name).metadata.ownerReferences).toBeUndefined();
    }
    expect(cluster.pods()).toHaveLength(4);
  });

  test('keeps and replaces a failed pod that it owns', async () => {
    const cluster = await rngReplicaSet(1);
    const [pod] = cluster.pods() as [Pod];
    cluster.api.mergePatch(
      'pods',
      'default',
      pod.metadata.name,
      { status: { phase: 'Failed' } },
      { subresource: 'status' },
    );
    await cluster.settled();
    expect(cluster.pods()).toHaveLength(2);
    expect(cluster.get('pods', pod.metadata.name).metadata.ownerReferences).toHaveLength(1);
  });

  test('ignores pods of other namespaces', async () => {
    const cluster = newTestCluster();
    cluster.apply('namespaces', { metadata: { name: 'other' } });
    await cluster.settled();
    cluster.apply('pods', barePod('stray', { metadata: { namespace: 'other' } }));
    cluster.apply('replicasets', workload('ReplicaSet', { spec: { replicas: 1 } }));
    await cluster.settled();
    expect(cluster.api.get('pods', 'other', 'stray')?.metadata.ownerReferences).toBeUndefined();
  });

  test('neither adopts nor releases while it is being deleted', async () => {
    const cluster = await rngReplicaSet(1);
    cluster.patch('replicasets', 'rng', { metadata: { finalizers: ['pitlane.dev/test'] } });
    cluster.remove('replicasets', 'rng');
    const [pod] = cluster.pods() as [Pod];
    cluster.patch('pods', pod.metadata.name, { metadata: { labels: { app: 'other' } } });
    cluster.apply('pods', barePod('stray', { spec: { nodeName: 'node-1' } }));
    await cluster.settled();
    expect(cluster.get('pods', pod.metadata.name).metadata.ownerReferences).toHaveLength(1);
    expect(cluster.get('pods', 'stray').metadata.ownerReferences).toBeUndefined();
  });
});
