import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../api/api.ts';
import { isReady, type Pod } from '../../api/pod.ts';
import { newTestCluster, service, type TestCluster, workload } from '../cluster.fixture.ts';

interface Changes {
  replicas?: number;
  spec?: object;
  readiness?: (pod: Pod) => boolean;
}

async function rngDeployment({ replicas = 3, spec = {}, readiness = () => true }: Changes = {}): Promise<TestCluster> {
  const cluster = newTestCluster();
  cluster.readiness = readiness;
  cluster.apply('deployments', workload('Deployment', { spec: { replicas, ...spec } }));
  await cluster.settled();
  return cluster;
}

function sets(cluster: TestCluster): readonly KubeObject[] {
  return [...cluster.api.list('replicasets', 'default')].sort((a, b) => revision(a) - revision(b));
}

function revision(set: KubeObject): number {
  return Number(set.metadata.annotations?.['deployment.kubernetes.io/revision']);
}

function sizes(cluster: TestCluster): number[] {
  return sets(cluster).map((set) => set.spec.replicas);
}

function setImage(cluster: TestCluster, tag: string): void {
  const containers = [{ name: 'rng', image: `dockercoins/rng:${tag}`, ports: [{ name: 'http', containerPort: 80 }] }];
  cluster.patch('deployments', 'rng', { spec: { template: { spec: { containers } } } });
}

function condition(cluster: TestCluster, type: string): object {
  const conditions: { type: string }[] = cluster.get('deployments', 'rng').status.conditions;
  return conditions.find((each) => each.type === type) ?? {};
}

describe('a Deployment', () => {
  test('creates a ReplicaSet with pods spread over the nodes', async () => {
    const cluster = await rngDeployment();
    const [set] = sets(cluster);
    expect(set?.metadata.name).toMatch(/^rng-[bcdfghjklmnpqrstvwxz2456789]{8,10}$/);
    const nodes = cluster.pods().map((pod) => pod.spec.nodeName);
    expect(nodes.sort()).toEqual(['node-1', 'node-2', 'node-3']);
    expect(cluster.get('deployments', 'rng').status).toMatchObject({
      observedGeneration: 1,
      replicas: 3,
      readyReplicas: 3,
      availableReplicas: 3,
      updatedReplicas: 3,
      terminatingReplicas: 0,
    });
    expect(cluster.eventMessages('ScalingReplicaSet')).toEqual([
      `Scaled up replica set ${set?.metadata.name} from 0 to 3`,
    ]);
  });

  test('labels ReplicaSet, selector and pods with the hash of the template', async () => {
    const cluster = await rngDeployment({ replicas: 1 });
    const [set] = sets(cluster);
    const hash = set?.metadata.labels?.['pod-template-hash'];
    expect(set?.metadata.name).toBe(`rng-${hash}`);
    expect(set?.spec.selector).toEqual({ matchLabels: { app: 'rng', 'pod-template-hash': hash } });
    expect(cluster.pods()[0]?.metadata).toMatchObject({
      generateName: `rng-${hash}-`,
      labels: { app: 'rng', 'pod-template-hash': hash },
    });
    expect(set?.metadata.annotations).toEqual({
      'deployment.kubernetes.io/desired-replicas': '1',
      'deployment.kubernetes.io/max-replicas': '2',
      'deployment.kubernetes.io/revision': '1',
    });
  });

  test('releases and replaces a pod that loses any selector label', async () => {
    for (const label of ['app', 'pod-template-hash']) {
      const cluster = await rngDeployment({ replicas: 2 });
      const [pod] = cluster.pods() as [Pod];
      cluster.patch('pods', pod.metadata.name, { metadata: { labels: { [label]: null } } });
      await cluster.settled();
      expect(cluster.get('pods', pod.metadata.name).metadata.ownerReferences).toBeUndefined();
      expect(cluster.pods()).toHaveLength(3);
    }
  });

  test('releases a pod that loses only pod-template-hash, which stays in the Service', async () => {
    const cluster = await rngDeployment({ replicas: 2 });
    cluster.apply('services', service());
    const [pod] = cluster.pods() as [Pod];
    cluster.patch('pods', pod.metadata.name, { metadata: { labels: { 'pod-template-hash': null } } });
    await cluster.settled();
    const [slice] = cluster.api
      .list('endpointslices', 'default')
      .filter(({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] === 'rng');
    expect(slice?.endpoints).toHaveLength(3);
  });

  test('does not see a drained pod in a rollout', async () => {
    const cluster = await rngDeployment({ replicas: 2 });
    const [pod] = cluster.pods() as [Pod];
    cluster.patch('pods', pod.metadata.name, { metadata: { labels: { app: null } } });
    await cluster.settled();
    setImage(cluster, 'v0.2');
    await cluster.settled();
    expect(cluster.get('pods', pod.metadata.name).metadata.deletionTimestamp).toBeUndefined();
    expect(cluster.get('deployments', 'rng').status).toMatchObject({ replicas: 2, updatedReplicas: 2 });
  });

  test('adopts and deletes a pod that is restored with the hash of an old ReplicaSet at 0', async () => {
    const cluster = await rngDeployment({ replicas: 1 });
    const [pod] = cluster.pods() as [Pod];
    cluster.patch('pods', pod.metadata.name, { metadata: { labels: { app: null } } });
    await cluster.settled();
    setImage(cluster, 'v0.2');
    await cluster.settled();
    cluster.patch('pods', pod.metadata.name, { metadata: { labels: { app: 'rng' } } });
    await cluster.settled();
    expect(cluster.pods().map(({ metadata }) => metadata.name)).not.toContain(pod.metadata.name);
  });

  test('does not adopt a pod that is restored after its ReplicaSet is gone, which stays in the Service', async () => {
    const cluster = await rngDeployment({ replicas: 1, spec: { revisionHistoryLimit: 0 } });
    cluster.apply('services', service());
    const [pod] = cluster.pods() as [Pod];
    cluster.patch('pods', pod.metadata.name, { metadata: { labels: { app: null } } });
    await cluster.settled();
    setImage(cluster, 'v0.2');
    await cluster.settled();
    expect(sets(cluster)).toHaveLength(1);
    cluster.patch('pods', pod.metadata.name, { metadata: { labels: { app: 'rng' } } });
    await cluster.settled();
    expect(cluster.get('pods', pod.metadata.name).metadata.ownerReferences).toBeUndefined();
    expect(cluster.pods()).toHaveLength(2);
  });
});

describe('a rolling update', () => {
  test('respects maxSurge and maxUnavailable at each step', async () => {
    const cluster = await rngDeployment({
      replicas: 10,
      spec: { strategy: { rollingUpdate: { maxSurge: 3, maxUnavailable: 2 } } },
    });
    const seen = { mostAskedFor: 0, fewestReady: 10 };
    cluster.api.subscribe(() => {
      const askedFor = sizes(cluster).reduce((sum, size) => sum + size, 0);
      const ready = cluster.pods().filter((pod) => isReady(pod) && pod.metadata.deletionTimestamp === undefined).length;
      seen.mostAskedFor = Math.max(seen.mostAskedFor, askedFor);
      seen.fewestReady = Math.min(seen.fewestReady, ready);
    });
    setImage(cluster, 'v0.2');
    await cluster.settled();
    expect(sizes(cluster)).toEqual([0, 10]);
    expect(seen).toEqual({ mostAskedFor: 13, fewestReady: 8 });
  });

  test('stops after the first step when pods never become ready, with one more of 3 pods and none less', async () => {
    const cluster = await rngDeployment();
    cluster.readiness = () => false;
    setImage(cluster, 'broken');
    await cluster.settled();
    expect(sizes(cluster)).toEqual([3, 1]);
    expect(condition(cluster, 'Progressing')).toMatchObject({ status: 'True', reason: 'ReplicaSetUpdated' });
    await cluster.pass(601);
    expect(condition(cluster, 'Progressing')).toMatchObject({ status: 'False', reason: 'ProgressDeadlineExceeded' });
  });

  test('reports completion for kubectl rollout status', async () => {
    const cluster = await rngDeployment();
    setImage(cluster, 'v0.2');
    await cluster.settled();
    const name = sets(cluster)[1]?.metadata.name;
    expect(condition(cluster, 'Progressing')).toMatchObject({
      status: 'True',
      reason: 'NewReplicaSetAvailable',
      message: `ReplicaSet "${name}" has successfully progressed.`,
    });
    expect(condition(cluster, 'Available')).toMatchObject({ status: 'True', reason: 'MinimumReplicasAvailable' });
  });

  test('reuses the ReplicaSet of an earlier template with a new revision', async () => {
    const cluster = await rngDeployment();
    const [first] = sets(cluster);
    setImage(cluster, 'v0.2');
    await cluster.settled();
    setImage(cluster, 'v0.1');
    await cluster.settled();
    expect(sets(cluster).map(({ metadata }) => metadata.name)[1]).toBe(first?.metadata.name);
    expect(sets(cluster).map(revision)).toEqual([2, 3]);
    expect(sets(cluster)[1]?.metadata.annotations?.['deployment.kubernetes.io/revision-history']).toBe('1');
    expect(cluster.get('deployments', 'rng').metadata.annotations).toMatchObject({
      'deployment.kubernetes.io/revision': '3',
    });
  });

  test('keeps the proportions of old and new pods when it is scaled', async () => {
    const cluster = await rngDeployment({
      replicas: 10,
      spec: { strategy: { rollingUpdate: { maxSurge: 3, maxUnavailable: 2 } } },
    });
    cluster.readiness = () => false;
    setImage(cluster, 'v0.2');
    await cluster.settled();
    expect(sizes(cluster)).toEqual([8, 5]);
    cluster.patch('deployments', 'rng', { spec: { replicas: 20 } });
    await cluster.settled();
    expect(sizes(cluster)).toEqual([14, 9]);
  });

  test('only scales while it is paused and continues when it is resumed', async () => {
    const cluster = await rngDeployment();
    cluster.patch('deployments', 'rng', { spec: { paused: true } });
    setImage(cluster, 'v0.2');
    await cluster.settled();
    expect(sizes(cluster)).toEqual([3]);
    expect(condition(cluster, 'Progressing')).toMatchObject({ status: 'Unknown', reason: 'DeploymentPaused' });
    cluster.patch('deployments', 'rng', { spec: { replicas: 5 } });
    await cluster.settled();
    expect(sizes(cluster)).toEqual([5]);
    cluster.patch('deployments', 'rng', { spec: { paused: false } });
    await cluster.settled();
    expect(sizes(cluster)).toEqual([0, 5]);
  });

  test('creates no new pod before the last old one is gone under Recreate', async () => {
    const cluster = await rngDeployment({ spec: { strategy: { type: 'Recreate', rollingUpdate: null } } });
    const [held] = cluster.pods() as [Pod];
    cluster.patch('pods', held.metadata.name, { metadata: { finalizers: ['pitlane.dev/test'] } });
    setImage(cluster, 'v0.2');
    await cluster.settled();
    expect(cluster.pods().map(({ metadata }) => metadata.name)).toEqual([held.metadata.name]);
    cluster.patch('pods', held.metadata.name, { metadata: { finalizers: null } });
    await cluster.settled();
    expect(sizes(cluster)).toEqual([0, 3]);
  });

  test('keeps revisionHistoryLimit old ReplicaSets', async () => {
    const cluster = await rngDeployment({ replicas: 1, spec: { revisionHistoryLimit: 2 } });
    for (const tag of ['v0.2', 'v0.3', 'v0.4', 'v0.5']) {
      setImage(cluster, tag);
      await cluster.settled();
    }
    expect(sets(cluster).map(revision)).toEqual([3, 4, 5]);
  });

  test('treats a taken ReplicaSet name as a hash collision', async () => {
    const cluster = await rngDeployment({ replicas: 1 });
    const name = sets(cluster)[0]?.metadata.name ?? '';
    cluster.remove('deployments', 'rng');
    await cluster.settled();
    cluster.apply('replicasets', workload('ReplicaSet', { name, labels: { app: 'other' }, spec: { replicas: 0 } }));
    cluster.apply('deployments', workload('Deployment', { spec: { replicas: 1 } }));
    await cluster.settled();
    await expect.poll(() => cluster.get('deployments', 'rng').status.collisionCount).toBe(1);
    await expect.poll(() => sets(cluster).length).toBe(2);
  });

  test('waits minReadySeconds before a pod counts as available', async () => {
    const cluster = await rngDeployment({ replicas: 1, spec: { minReadySeconds: 30 } });
    expect(cluster.get('deployments', 'rng').status.availableReplicas).toBeUndefined();
    await cluster.pass(30);
    expect(cluster.get('deployments', 'rng').status.availableReplicas).toBe(1);
  });
});
