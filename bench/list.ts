import { startEmbeddedCluster } from '@pitlane/embedded-cluster';
import { KubeApi } from '@pitlane/embedded-cluster/kube-api';
import { NAMESPACE } from './clusters.ts';
import { type CountingProxy, countingProxy } from './counting-proxy.ts';
import { fill } from './fill.ts';
import { median, type Ran, run, table } from './process.ts';
import { kubeconfigFile, packedCli } from './tools.ts';

const PODS_PER_NODE = 200;

interface Way {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
}

/** Measures `list -o json` of services of these sizes, against kubectl and a typical client-node program, as whole processes. */
export async function benchList(sizes: readonly number[], runs: number, kubectl: string | undefined): Promise<string> {
  const cli = await packedCli();
  const reports: string[] = [];
  for (const size of sizes) reports.push(await benchSize(size, runs, kubectl, cli));
  return reports.join('\n\n');
}

async function benchSize(size: number, runs: number, kubectl: string | undefined, cli: string): Promise<string> {
  const nodes = Array.from({ length: Math.ceil(size / PODS_PER_NODE) + 1 }, (_, index) => ({
    name: `node-${index + 1}`,
    capacity: { cpu: '64', memory: '256Gi', pods: String(PODS_PER_NODE + 50) },
  }));
  const cluster = await startEmbeddedCluster({ nodes, kubelet: { servers: false } });
  const proxy = await countingProxy({ server: cluster.server });
  const kubeconfig = await kubeconfigFile(proxy.url);
  try {
    const api = new KubeApi(cluster.kubeConfig);
    await fill(api, NAMESPACE, size);
    api.close();
    const ways: Way[] = [
      {
        name: 'pitlane',
        command: process.execPath,
        args: [cli, 'rng', 'list', '-n', NAMESPACE, '-o', 'json'],
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
