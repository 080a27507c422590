import { startEmbeddedCluster } from '@pitlane/embedded-cluster';
import { KubeApi } from '@pitlane/embedded-cluster/kube-api';
import { NAMESPACE } from './clusters.ts';
import { type CountingProxy, countingProxy } from './counting-proxy.ts';
import { median, type Ran, run, table } from './process.ts';
import { kubeconfigFile } from './tools.ts';

const PODS_PER_NODE = 200;
const FILL_DEADLINE_MS = 300_000;

interface Way {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
}

/** Measures `list -o json` of services of these sizes, against kubectl and a typical client-node program, as whole processes. */
export async function benchList(sizes: readonly number[], runs: number, kubectl: string | undefined): Promise<string> {
  const reports: string[] = [];
  for (const size of sizes) reports.push(await benchSize(size, runs, kubectl));
  return reports.join('\n\n');
}

async function benchSize(size: number, runs: number, kubectl: string | undefined): Promise<string> {
  const nodes = Array.from({ length: Math.ceil(size / PODS_PER_NODE) + 1 }, (_, index) => ({
    name: `node-${index + 1}`,
    capacity: { cpu: '64', memory: '256Gi', pods: String(PODS_PER_NODE + 50) },
  }));
  const cluster = await startEmbeddedCluster({ nodes, kubelet: { servers: false } });
  const proxy = await countingProxy({ server: cluster.server });
  const kubeconfig = await kubeconfigFile(proxy.url);
  try {
    await fill(new KubeApi(cluster.kubeConfig), size);
    const ways: Way[] = [
      {
        name: 'pitlane',
        command: process.execPath,
        args: ['cli/main.ts', 'rng', 'list', '-n', NAMESPACE, '-o', 'json'],
      },
      { name: 'naive client-node', command: process.execPath, args: ['bench/naive-list.ts', NAMESPACE, 'app=rng'] },
      ...(kubectl === undefined
        ? []
        : [
            {
              name: 'kubectl get -o json',
              command: kubectl,
              args: ['-n', NAMESPACE, 'get', 'pods', '-l', 'app=rng', '-o', 'json'],
            },
          ]),
    ];
    return `${size} members, median of ${runs}:\n\n${await measure(ways, runs, size, proxy, kubeconfig)}`;
  } finally {
    await proxy.stop();
    await cluster.stop();
  }
}

async function measure(
  ways: readonly Way[],
  runs: number,
  size: number,
  proxy: CountingProxy,
  kubeconfig: string,
): Promise<string> {
  const results = new Map<string, (Ran & { requests: number; bytes: number })[]>(ways.map(({ name }) => [name, []]));
  for (let round = 0; round <= runs; round += 1) {
    for (const { name, command, args } of ways) {
      proxy.reset();
      const ran = await run(command, args, { KUBECONFIG: kubeconfig });
      const found = ran.stdout.match(/rng-[a-z0-9]+-[a-z0-9]{5}"/g)?.length ?? 0;
      if (ran.code !== 0 || found < size) throw new Error(`${name}: exit ${ran.code}, ${found} pods; ${ran.stderr}`);
      if (round > 0)
        results.get(name)?.push({ ...ran, requests: proxy.traffic.requests, bytes: proxy.traffic.bytesDown });
    }
  }
  return table([
    [`list of ${size}`, 'requests', 'received, KB', 'wall, ms', 'peak memory, MB'],
    ...[...results].map(([name, all]) => [
      name,
      median(all.map(({ requests }) => requests)),
      Math.round(median(all.map(({ bytes }) => bytes)) / 1024),
      Math.round(median(all.map(({ wallMs }) => wallMs))),
      Math.round(median(all.map(({ peakMb }) => peakMb))),
    ]),
  ]);
}

/** Creates a Deployment `rng` of that many pods behind a Service, and waits until all are ready. */
async function fill(api: KubeApi, size: number): Promise<void> {
  const labels = { app: 'rng' };
  await api.create('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } });
  await api.create(`/api/v1/namespaces/${NAMESPACE}/services`, {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'rng' },
    spec: { selector: labels, ports: [{ port: 80 }] },
  });
  const deployments = `/apis/apps/v1/namespaces/${NAMESPACE}/deployments`;
  await api.create(deployments, {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'rng', labels },
    spec: {
      replicas: size,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'rng', image: 'dockercoins/rng:v0.1' }] } },
    },
  });
  const deadline = Date.now() + FILL_DEADLINE_MS;
  for (;;) {
    const { status = {} } = await api.get<{ status?: { readyReplicas?: number } }>(`${deployments}/rng`);
    if (status.readyReplicas === size) break;
    if (Date.now() > deadline)
      throw new Error(`${status.readyReplicas ?? 0} of ${size} pods are ready after ${FILL_DEADLINE_MS / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  api.close();
}
