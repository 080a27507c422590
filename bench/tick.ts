import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedCluster } from '@pitlane/embedded-cluster';
import { KubeApi, KubeApiError } from '@pitlane/embedded-cluster/kube-api';
import { kubeConfigYaml } from '@pitlane/embedded-cluster/kube-config';
import { bundleEntry } from '../infra/bundle.ts';
import { limited } from '../pitlane/cluster/limited.ts';
import { adminConfigMapName, DRAIN, DRAINED_FROM, type DrainRecord } from '../pitlane/rotation/marks.ts';
import { startControlPlane } from '../test/control-plane/start.ts';
import type { ClusterKind } from './clusters.ts';
import { run, table } from './process.ts';
import type { MeasuredTick, TickInput } from './tick-process.ts';

interface TickSize {
  readonly clusters: number;
  /** On each of them. */
  readonly namespaces: number;
  /** One more cluster accepts connections, and answers nothing. */
  readonly isOneSilent?: true;
}

const ONE_SILENT: TickSize = { clusters: 10, namespaces: 10, isOneSilent: true };
const QUICK: Readonly<Record<ClusterKind, readonly TickSize[]>> = {
  embedded: [{ clusters: 1, namespaces: 100 }, ONE_SILENT],
  real: [{ clusters: 1, namespaces: 100 }],
};
const FULL: typeof QUICK = {
  embedded: [{ clusters: 1, namespaces: 1_000 }, { clusters: 100, namespaces: 10 }, ONE_SILENT],
  real: [{ clusters: 1, namespaces: 1_000 }],
};

interface Measured {
  /** Of one process: the first is cold. */
  readonly ticks: readonly MeasuredTick[];
  readonly peakMb: number;
}

interface Opened {
  readonly api?: KubeApi;
  stop(): Promise<unknown>;
}

const SILENT = 'silent';
/** One in so many namespaces has a drained pod. */
const DRAINED_EVERY = 10;
const AT_A_TIME = 20;
/** As Lambda starts Node in 512 MB: a twentieth for each half of the young generation, nine tenths for the old one. */
const LIKE_LAMBDA = ['--max-semi-space-size=25', '--max-old-space-size=461'];

/** A table of a cold tick and two warm ones of one process that has nothing to do, with its peak memory. */
export async function benchTick(kind: ClusterKind, isQuick: boolean): Promise<string> {
  const rows: (string | number)[][] = [];
  for (const size of (isQuick ? QUICK : FULL)[kind]) {
    const { ticks, peakMb } = await measureTicks(kind, size);
    const where = size.clusters === 1 ? '1 cluster' : `each of ${size.clusters} clusters`;
    const name = `${size.namespaces} namespaces on ${where}${size.isOneSilent ? ', 1 more is silent' : ''}`;
    for (const [index, { requests, connections, seconds, cpuSeconds }] of ticks.entries()) {
      const row = [`${name}, ${index === 0 ? 'cold' : 'warm'}`, requests, connections];
      rows.push([...row, seconds.toFixed(1), cpuSeconds.toFixed(1), Math.round(peakMb)]);
    }
  }
  return table([[`tick, ${kind}`, 'requests', 'connections', 'seconds', 'CPU, s', 'peak memory, MB'], ...rows]);
}

export async function measureTicks(kind: ClusterKind, size: TickSize): Promise<Measured> {
  const folder = await mkdtemp(join(tmpdir(), 'pitlane-bench-tick-'));
  const open: Opened[] = [];
  try {
    await bundleEntry(join(import.meta.dirname, 'tick-process.ts'), folder);
    const names = Array.from({ length: size.clusters }, (_, index) => `c${index}`);
    for (const [index, name] of names.entries()) {
      const path = join(folder, name);
      open.push(await (kind === 'real' ? openReal(path) : openEmbedded(path, index + 1)));
    }
    await Promise.all(open.map(({ api }) => api && addNamespaces(api, size.namespaces)));
    if (size.isOneSilent) open.push(await openSilent(join(folder, SILENT)));
    const clusters = [...names, ...(size.isOneSilent ? [SILENT] : [])];
    const ticksOf = (ticks: number) => {
      const input: TickInput = { folder, clusters, namespaces: size.namespaces, ticks };
      return run(process.execPath, [...LIKE_LAMBDA, join(folder, 'index.cjs'), JSON.stringify(input)]);
    };
    // The first process writes heartbeats, and notes of the drained pods.
    await ticksOf(1);
    const { stdout, stderr, peakMb } = await ticksOf(3);
    if (stdout === '') throw new Error(`the tick failed: ${stderr}`);
    const ticks: MeasuredTick[] = JSON.parse(stdout);
    const trouble = ticks.flatMap((tick) => tick.trouble).filter(({ where }) => where !== SILENT);
    if (trouble.length > 0) throw new Error(trouble.map(({ where, why }) => `${where}: ${why}`).join('\n'));
    return { ticks, peakMb };
  } finally {
    await Promise.all(open.map(({ stop }) => stop()));
    await rm(folder, { recursive: true });
  }
}

async function openEmbedded(path: string, seed: number): Promise<Opened> {
  const cluster = await startEmbeddedCluster({ kubelet: false, controllers: false, seed });
  await cluster.writeKubeConfig(path);
  return { api: new KubeApi(cluster.kubeConfig, cluster.ask), stop: cluster.stop };
}

async function openReal(path: string): Promise<Opened> {
  const { kubeconfig, stop } = await startControlPlane();
  await copyFile(kubeconfig, path);
  return { api: new KubeApi(kubeconfig), stop };
}

async function openSilent(path: string): Promise<Opened> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await writeFile(path, kubeConfigYaml(`http://127.0.0.1:${port}`));
  return { stop: async () => server.close() };
}

async function addNamespaces(api: KubeApi, count: number): Promise<void> {
  const indexes = Array.from({ length: count }, (_, index) => index);
  await limited(indexes, (index) => addNamespace(api, `ns-${index}`, index % DRAINED_EVERY === 0), AT_A_TIME);
  api.close();
}

/** The Service rng with its journals, and, where asked for, a drained pod. */
async function addNamespace(api: KubeApi, namespace: string, isDrained: boolean): Promise<void> {
  const create = (kind: string, resource: string, name: string, spec?: object, marks?: object) => {
    const object = { apiVersion: 'v1', kind, metadata: { name, ...marks }, ...(spec && { spec }) };
    return api.create(`/api/v1/namespaces/${namespace}/${resource}`, object).catch(unlessThere);
  };
  await api.create('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  await create('ServiceAccount', 'serviceaccounts', 'default');
  await create('Service', 'services', 'rng', { selector: { app: 'rng' }, ports: [{ port: 80 }] });
  await create('ConfigMap', 'configmaps', 'pitlane-rng');
  await create('ConfigMap', 'configmaps', adminConfigMapName('rng'));
  const containers = [{ name: 'rng', image: 'dockercoins/rng:v0.1' }];
  if (isDrained) await create('Pod', 'pods', 'rng-a', { containers }, drained());
}

/** The controller of service accounts may be faster. */
function unlessThere(error: unknown): void {
  if (!(error instanceof KubeApiError && error.reason === 'AlreadyExists')) throw error;
}

function drained(): object {
  const at = Date.now();
  const record: DrainRecord = {
    ...{ v: 1, id: 'bench', service: 'rng', labels: { app: 'rng' }, was: 'in rotation', annotations: {} },
    ...{ by: 'U0ADA00000', at: new Date(at).toISOString(), then: 'remind' },
    until: new Date(at + 24 * 3_600_000).toISOString(),
  };
  return { labels: { [DRAINED_FROM]: 'rng' }, annotations: { [DRAIN]: JSON.stringify(record) } };
}
