import { KubeApi } from '@pitlane/embedded-cluster/kube-api';
import { kubeConfigFor } from '@pitlane/embedded-cluster/kube-config';
import { connectionTo } from '../pitlane/cluster/connection.ts';
import { DEFAULT_POLICY } from '../pitlane/config/config.ts';
import type { Outcome } from '../pitlane/operate/outcome.ts';
import { createPitlane } from '../pitlane/operate/pitlane.ts';
import { startTraffic } from '../sandbox/traffic/traffic.ts';
import { type ClusterKind, NAMESPACE, openCluster } from './clusters.ts';
import { countingProxy } from './counting-proxy.ts';
import { median, table } from './process.ts';

const RATE = 200;
const DEADLINE_MS = 60_000;

interface PodList {
  items: { metadata: { name: string; deletionTimestamp?: string } }[];
}

/** Steady traffic through the service while pods are drained and restored in a row: what the draining costs it. */
export async function benchTraffic(kind: ClusterKind, pairs: number): Promise<string> {
  const cluster = await openCluster(kind);
  const proxy = await countingProxy(cluster.upstream);
  const api = new KubeApi(cluster.kubeConfig);
  const connection = connectionTo(kubeConfigFor(proxy.url));
  const service = { key: 'rng', cluster: '', namespace: NAMESPACE, service: 'rng', policy: DEFAULT_POLICY };
  const pitlane = createPitlane({ service: () => service, connect: () => connection, now: Date.now });
  const change = async (command: 'drain' | 'restore', pod: string, number: number): Promise<void> => {
    const request = { command, service: 'rng', pod, dryRun: false, force: false } as const;
    const asker = { by: 'bench', role: 'admin' as const, requestId: `${command} ${number} ${pod}` };
    const operation = pitlane.advance(request, asker, { confirmed: 'any', deadline: Date.now() + DEADLINE_MS });
    let next = await operation.next();
    while (!next.done) next = await operation.next();
    const outcome: Outcome = next.value;
    if (outcome.kind !== 'done') throw new Error(`${command} of ${pod} ended so: ${JSON.stringify(outcome)}`);
  };
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
      await change('drain', pod, number);
      await change('restore', pod, number);
      took.push(performance.now() - startedAt);
    }
    const stats = await traffic.stop();
    return `${pairs} drains and restores in a row under traffic, ${kind} cluster, ${RATE} requests a second:\n\n${table(
      [
        ['what', 'figure'],
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
