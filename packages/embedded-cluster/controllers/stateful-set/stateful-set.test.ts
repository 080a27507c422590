import { describe, expect, test } from 'vitest';
import { asPod } from '../../api/pod.ts';
import { barePod, newTestCluster, readyCondition, setStatus, type TestCluster, workload } from '../cluster.fixture.ts';

async function rngStatefulSet(spec: object = {}): Promise<TestCluster> {
  const cluster = newTestCluster();
  cluster.apply('statefulsets', workload('StatefulSet', { spec: { serviceName: 'rng', replicas: 3, ...spec } }));
  await cluster.settled();
  return cluster;
}

function names(cluster: TestCluster): string[] {
  return cluster.pods().map(({ metadata }) => metadata.name);
}

function annotate(cluster: TestCluster, build: string): void {
  cluster.patch('statefulsets', 'rng', { spec: { template: { metadata: { annotations: { build } } } } });
}

describe('a StatefulSet', () => {
  test('creates its pods by name, one after the other', async () => {
    const cluster = newTestCluster();
    cluster.readiness = ({ metadata }) => metadata.name === 'rng-0';
    cluster.apply('statefulsets', workload('StatefulSet', { spec: { serviceName: 'rng', replicas: 3 } }));
    await cluster.settled();
    expect(names(cluster)).toEqual(['rng-0', 'rng-1']);
    const [pod] = cluster.pods();
    const [revision] = cluster.api.list('controllerrevisions', 'default');
    expect(pod?.metadata.labels).toEqual({
      app: 'rng',
      'statefulset.kubernetes.io/pod-name': 'rng-0',
      'apps.kubernetes.io/pod-index': '0',
      'controller-revision-hash': revision?.metadata.name,
    });
    expect(pod?.spec).toMatchObject({ hostname: 'rng-0', subdomain: 'rng' });
    expect(cluster.eventMessages('SuccessfulCreate')).toEqual([
      'Create Pod rng-0 in StatefulSet rng successful',
      'Create Pod rng-1 in StatefulSet rng successful',
    ]);
  });

  test('creates all pods at once under Parallel', async () => {
    const cluster = newTestCluster();
    cluster.readiness = () => false;
    cluster.apply(
      'statefulsets',
      workload('StatefulSet', { spec: { serviceName: 'rng', replicas: 3, podManagementPolicy: 'Parallel' } }),
    );
    await cluster.settled();
    expect(names(cluster)).toEqual(['rng-0', 'rng-1', 'rng-2']);
  });

  test('cannot replace a released pod, which has the name, and does not scale until it is gone', async () => {
    const cluster = await rngStatefulSet();
    cluster.patch('pods', 'rng-1', { metadata: { labels: { app: null } } });
    cluster.patch('statefulsets', 'rng', { spec: { replicas: 4 } });
    await cluster.settled();
    expect(names(cluster)).toEqual(['rng-0', 'rng-1', 'rng-2']);
    expect(cluster.get('pods', 'rng-1').metadata.ownerReferences).toBeUndefined();
    expect(cluster.eventMessages('FailedCreate')).toEqual([]);
    cluster.remove('pods', 'rng-1');
    await expect
      .poll(() => cluster.settled().then(() => names(cluster)), { timeout: 5000 })
      .toEqual(['rng-0', 'rng-1', 'rng-2', 'rng-3']);
    expect(cluster.pods({ app: 'rng' })).toHaveLength(4);
  });

  test('adopts a released pod that gets its label back', async () => {
    const cluster = await rngStatefulSet();
    const { uid } = cluster.get('pods', 'rng-1').metadata;
    cluster.patch('pods', 'rng-1', { metadata: { labels: { app: null } } });
    await cluster.settled();
    cluster.patch('pods', 'rng-1', { metadata: { labels: { app: 'rng' } } });
    await cluster.settled();
    expect(cluster.get('pods', 'rng-1').metadata).toMatchObject({ uid, ownerReferences: [{ kind: 'StatefulSet' }] });
  });

  test('does not adopt a pod of another name', async () => {
    const cluster = await rngStatefulSet({ replicas: 1 });
    const { labels } = cluster.get('pods', 'rng-0').metadata;
    cluster.apply('pods', barePod('stray', { metadata: { labels } }));
    await cluster.settled();
    expect(cluster.get('pods', 'stray').metadata.ownerReferences).toBeUndefined();
  });

  test('scales down from the highest ordinal', async () => {
    const cluster = await rngStatefulSet();
    cluster.patch('statefulsets', 'rng', { spec: { replicas: 1 } });
    await cluster.settled();
    expect(names(cluster)).toEqual(['rng-0']);
    expect(cluster.eventMessages('SuccessfulDelete')).toEqual([
      'Delete Pod rng-2 in StatefulSet rng successful',
      'Delete Pod rng-1 in StatefulSet rng successful',
    ]);
  });

  test('updates from the highest ordinal down to the partition', async () => {
    const cluster = await rngStatefulSet({
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 1 } },
    });
    annotate(cluster, '2');
    await cluster.settled();
    expect(cluster.pods().map(({ metadata }) => metadata.annotations?.build)).toEqual([undefined, '2', '2']);
    expect(cluster.get('statefulsets', 'rng').status).toMatchObject({
      replicas: 3,
      readyReplicas: 3,
      currentReplicas: 1,
      updatedReplicas: 2,
    });
  });

  test('waits in an update for a pod that does not become ready', async () => {
    const cluster = await rngStatefulSet();
    cluster.readiness = () => false;
    annotate(cluster, '2');
    await cluster.settled();
    expect(cluster.pods().map(({ metadata }) => metadata.annotations?.build)).toEqual([undefined, undefined, '2']);
    setStatus(cluster.api, asPod(cluster.get('pods', 'rng-2')), {
      conditions: [readyCondition(true, cluster.clock.now)],
    });
    cluster.readiness = () => true;
    await cluster.settled();
    const { currentRevision, updateRevision } = cluster.get('statefulsets', 'rng').status;
    expect(currentRevision).toBe(updateRevision);
    expect(cluster.pods().map(({ metadata }) => metadata.annotations?.build)).toEqual(['2', '2', '2']);
  });

  test('updates only deleted pods under OnDelete', async () => {
    const cluster = await rngStatefulSet({ updateStrategy: { type: 'OnDelete' } });
    annotate(cluster, '2');
    await cluster.settled();
    cluster.remove('pods', 'rng-1');
    await cluster.settled();
    expect(cluster.pods().map(({ metadata }) => metadata.annotations?.build)).toEqual([undefined, '2', undefined]);
  });

  test('creates the volume claims of its pods and keeps them when it scales down', async () => {
    const claim = {
      metadata: { name: 'data' },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    };
    const cluster = await rngStatefulSet({
      replicas: 2,
      podManagementPolicy: 'Parallel',
      volumeClaimTemplates: [claim],
    });
    cluster.patch('statefulsets', 'rng', { spec: { replicas: 1 } });
    await cluster.settled();
    const claims = cluster.api.list('persistentvolumeclaims', 'default').map(({ metadata }) => metadata.name);
    expect(claims).toEqual(['data-rng-0', 'data-rng-1']);
    expect(asPod(cluster.get('pods', 'rng-0')).spec.volumes).toContainEqual({
      name: 'data',
      persistentVolumeClaim: { claimName: 'data-rng-0' },
    });
  });
});
