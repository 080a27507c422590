import { KubeApi } from '@pitlane/embedded-cluster/kube-api';
import { kubeConfigFor } from '@pitlane/embedded-cluster/kube-config';
import { startTraffic } from '../sandbox/traffic/traffic.ts';
import { warmPitlane } from './change.ts';
import { type ClusterKind, NAMESPACE, openCluster } from './clusters.ts';
import { countingProxy } from './counting-proxy.ts';
import { median, table } from './process.ts';

const RATE = 200;

interface PodList {
  items: { metadata: { name: string; deletionTimestamp?: string } }[];
}

/** Sends steady traffic through the service while Pitlane drains and restores one pod after the other. */
export async function benchTraffic(kind: ClusterKind, pairs: number): Promise<string> {
  const cluster = await openCluster(kind);
  const proxy = await countingProxy(cluster.upstream);
  const api = new KubeApi(cluster.kubeConfig);
  const change = warmPitlane(kubeConfigFor(proxy.url));
  const traffic = await startTraffic({
    kubeConfig: cluster.kubeConfig,
    namespace: NAMESPACE,
    service: 'rng',
    ratePerSecond: RATE,
    findServer: (uid, port) => cluster.kubelet.endpoint(uid, port),
  });
  const took: number[] = [];
  try {
    for (let number = 0; number < pairs; number += 1) {
      const query = { labelSelector: 'app=rng' };
      const { items } = await api.get<PodList>(`/api/v1/namespaces/${NAMESPACE}/pods`, query);
      const names = items
        .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
        .map(({ metadata }) => metadata.name);
      const pod = names.sort()[number % names.length] ?? '';
      const startedAt = performance.now();
      await change('drain', { pods: [pod] }, `drain ${number}`);
      await change('restore', { pods: [pod] }, `restore ${number}`);
      took.push(performance.now() - startedAt);
    }
    const stats = await traffic.stop();
    return `${pairs} drains and restores in a row under traffic, ${kind} cluster, ${RATE} requests a second:\n\n${table(
      [
        ['measured', 'value'],
        ['requests', stats.requests],
        ...Object.entries(stats.failures).map(([cause, number]) => [`failed: ${cause}`, number]),
        ['fewest ready endpoints (of 4)', stats.lowestReadyEndpoints],
        ['drain and restore, both proven, median ms', Math.round(median(took))],
        ['Kubernetes requests for one drain and restore', Math.round(proxy.traffic.requests / pairs)],
      ],
    )}`;
  } finally {
    await traffic.stop();
    api.close();
    await proxy.stop();
    await cluster.stop();
  }
}
