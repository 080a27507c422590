import { afterEach, expect, test } from 'vitest';
import { startKubelet } from '../kubelet.ts';
import type { Pod } from '../pod.ts';
import { isReady, type OpenCluster, Playground, podsPath, until } from './playground.ts';

/** The kubelet across its own restarts, and without servers. */
export function kubeletRuns(openCluster: OpenCluster): void {
  let on: Playground | undefined;
  afterEach(() => on?.close());

  test('restarts the containers after its own restart and keeps the addresses', async () => {
    on = await Playground.open(openCluster);
    const namespace = await on.namespace();
    const before = await on.readyPod(namespace, 'web');
    await on.kubelet.stop();
    const { kubeConfig, tls } = on.cluster;
    const next = await startKubelet({ kubeConfig, tls, nodes: 2 });
    const restarted = (pod: Pod) => isReady(pod) && pod.status?.containerStatuses?.[0]?.restartCount === 1;
    const after = await on.untilPod('restarted', namespace, 'web', restarted);
    expect(after.status?.podIP).toBe(before.status?.podIP);
    expect(after.status?.containerStatuses?.[0]?.lastState?.terminated).toMatchObject({ exitCode: 255 });
    expect(next.endpoint(after.metadata.uid)?.host).toBe('127.0.0.1');
    await next.stop();
  });

  test('removes a pod that was deleted while no kubelet ran', async () => {
    on = await Playground.open(openCluster);
    const namespace = await on.namespace();
    await on.readyPod(namespace, 'web');
    await on.kubelet.stop();
    await on.deletePod(namespace, 'web');
    expect((await on.pod(namespace, 'web')).metadata.deletionTimestamp).toBeDefined();
    const { kubeConfig, tls } = on.cluster;
    const next = await startKubelet({ kubeConfig, tls, nodes: 2 });
    await until(
      'gone',
      () => on?.pods(namespace) ?? [],
      (pods) => pods.length === 0,
    );
    await next.stop();
  });

  test('makes hundreds of pods without servers ready with one write each', async () => {
    const nodes = [{ name: 'big', capacity: { cpu: '1000', memory: '1000Gi', pods: '1000' } }];
    on = await Playground.open(openCluster, { nodes, servers: false });
    const namespace = await on.namespace();
    await on.readyPod(namespace, 'pod-0');
    const { api } = on;
    const spec = { nodeName: 'big', containers: [{ name: 'app', image: 'example/app:v1' }] };
    const names = Array.from({ length: 299 }, (_, i) => `pod-${i + 1}`);
    const create = (name: string) =>
      api.create(podsPath(namespace), { apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec });
    await Promise.all(names.map(create));
    const ready = await until(
      'ready',
      () => on?.pods(namespace) ?? [],
      (pods) => pods.filter(isReady).length === 300,
    );
    expect(new Set(ready.map(({ status }) => status?.podIP)).size).toBe(300);
    expect(on.kubelet.requests()['PATCH pods/status']).toBe(300);
  });
}
