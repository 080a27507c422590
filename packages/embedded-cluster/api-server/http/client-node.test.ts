import { AppsV1Api, CoreV1Api, KubernetesObjectApi, type V1Pod, type V1Scale, Watch } from '@kubernetes/client-node';
import { describe, expect, test } from 'vitest';
import { deployment, mergePatch, pod, pods, useCluster } from './server.fixture.ts';

const { cluster, ask } = useCluster();

describe('client-node', () => {
  test('creates, reads, changes, scales and deletes', async () => {
    const core = cluster().kubeConfig.makeApiClient(CoreV1Api);
    const apps = cluster().kubeConfig.makeApiClient(AppsV1Api);
    const made = await apps.createNamespacedDeployment({ namespace: 'default', body: deployment() });
    expect(made.spec?.replicas).toBe(1);
    expect(made.metadata?.creationTimestamp).toEqual(new Date('2026-03-01T03:12:07Z'));
    const scale: V1Scale = await apps.readNamespacedDeploymentScale({ name: 'rng', namespace: 'default' });
    expect(scale.status).toEqual({ replicas: 0, selector: 'app=rng' });
    await apps.replaceNamespacedDeploymentScale({
      name: 'rng',
      namespace: 'default',
      body: { ...scale, spec: { replicas: 3 } },
    });
    expect((await apps.readNamespacedDeployment({ name: 'rng', namespace: 'default' })).spec?.replicas).toBe(3);
    await core.createNamespacedPod({ namespace: 'default', body: pod('rng-1') as V1Pod });
    expect(
      (await core.listNamespacedPod({ namespace: 'default' })).items.map(({ metadata }) => metadata?.name),
    ).toEqual(['rng-1']);
    await core.deleteNamespacedPod({ name: 'rng-1', namespace: 'default' });
    await expect(core.readNamespacedPod({ name: 'rng-1', namespace: 'default' })).rejects.toMatchObject({ code: 404 });
  });

  test('finds kinds by discovery and applies any object', async () => {
    const objects = KubernetesObjectApi.makeApiClient(cluster().kubeConfig);
    const made: V1Pod = await objects.create({ ...pod('rng-1'), metadata: { name: 'rng-1', namespace: 'default' } });
    expect(made.metadata?.uid).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('sees a pod that loses the selected label as deleted, in its last matching state', async () => {
    const seen: string[] = [];
    const watch = new Watch(cluster().kubeConfig);
    let resolveDeleted = () => {};
    const isDone = new Promise<void>((resolve) => {
      resolveDeleted = resolve;
    });
    const abort = await watch.watch(
      pods,
      { labelSelector: 'app=rng' },
      (type, object: V1Pod) => {
        seen.push(`${type} ${object.metadata?.name} ${JSON.stringify(object.metadata?.labels)}`);
        if (type === 'DELETED') resolveDeleted();
      },
      () => {},
    );
    await ask('POST', pods, pod('rng-1'));
    await ask('POST', pods, pod('other', { app: 'web' }));
    await ask('PATCH', `${pods}/rng-1`, { metadata: { labels: { tier: 'a' } } }, mergePatch);
    await ask('PATCH', `${pods}/rng-1`, { metadata: { labels: { app: null } } }, mergePatch);
    await isDone;
    abort.abort();
    expect(seen).toEqual([
      'ADDED rng-1 {"app":"rng"}',
      'MODIFIED rng-1 {"app":"rng","tier":"a"}',
      'DELETED rng-1 {"app":"rng","tier":"a"}',
    ]);
  });
});
