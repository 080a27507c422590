import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedCluster } from '@pitlane/embedded-cluster';
import { KubeApi, KubeApiError } from '@pitlane/embedded-cluster/kube-api';
import { startControlPlane } from '../test/control-plane/start.ts';
import type { ClusterKind } from './clusters.ts';
import { run, table } from './process.ts';
import type { MeasuredTick } from './tick-process.ts';
import { bundled } from './tools.ts';

export interface TickSize {
  readonly clusters: number;
  /** On each of them. */
  readonly namespaces: number;
}

/** One in so many namespaces has a drained pod. */
const DRAINED_EVERY = 10;
const AT_A_TIME = 20;

interface Opened {
  readonly api: KubeApi;
  stop(): Promise<void>;
}

interface Measured {
  /** Of one process: the first is cold. */
  readonly ticks: readonly MeasuredTick[];
  readonly peakMb: number;
}

/** A table of a cold tick and two warm ones of one process that has nothing to do, with its peak memory. */
export async function benchTick(kind: ClusterKind, sizes: readonly TickSize[]): Promise<string> {
  const rows: (string | number)[][] = [];
  for (const size of sizes) {
    const { ticks, peakMb } = await measureTicks(kind, size);
    const where = size.clusters === 1 ? '1 cluster' : `each of ${size.clusters} clusters`;
    for (const [index, { requests, connections, seconds }] of ticks.entries()) {
      const name = `${size.namespaces} namespaces on ${where}, ${index === 0 ? 'cold' : 'warm'}`;
      rows.push([name, requests, connections, seconds.toFixed(1), Math.round(peakMb)]);
    }
  }
  return table([[`tick, ${kind}`, 'requests', 'connections', 'seconds', 'peak memory, MB'], ...rows]);
}

export async function measureTicks(kind: ClusterKind, { clusters, namespaces }: TickSize): Promise<Measured> {
  const program = await bundled('bench/tick-process.ts');
  const folder = await mkdtemp(join(tmpdir(), 'pitlane-bench-tick-'));
  const open: Opened[] = [];
  try {
    for (let index = 0; index < clusters; index += 1) {
      const path = join(folder, String(index));
      open.push(await (kind === 'real' ? openReal(path) : openEmbedded(path, index + 1)));
    }
    await Promise.all(open.map(({ api }) => addNamespaces(api, namespaces)));
    const ticksOf = (count: number) =>
      run(process.execPath, [program, folder, ...[clusters, namespaces, count].map(String)]);
    // The first process writes heartbeats, and notes of the drained pods.
    await ticksOf(1);
    const { stdout, stderr, peakMb } = await ticksOf(3);
    if (stdout === '') throw new Error(`the tick failed: ${stderr}`);
    const ticks: MeasuredTick[] = JSON.parse(stdout);
    const trouble = ticks.flatMap((tick) => tick.trouble);
    if (trouble.length > 0) throw new Error(trouble.join('\n'));
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

async function addNamespaces(api: KubeApi, count: number): Promise<void> {
  const queue = Array.from({ length: count }, (_, index) => index).values();
  const workers = Array.from({ length: AT_A_TIME }, async () => {
    for (const index of queue) await addNamespace(api, `ns-${index}`, index % DRAINED_EVERY === 0);
  });
  await Promise.all(workers);
  api.close();
}

/** The Service rng with its journals, and, where asked for, a drained pod. */
async function addNamespace(api: KubeApi, namespace: string, isDrained: boolean): Promise<void> {
  const create = (kind: string, resource: string, name: string, more: object = {}, metadata: object = {}) =>
    api
      .create(`/api/v1/namespaces/${namespace}/${resource}`, {
        ...{ apiVersion: 'v1', kind, metadata: { name, ...metadata } },
        ...more,
      })
      .catch(unlessThere);
  await api.create('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  await create('ServiceAccount', 'serviceaccounts', 'default');
  await create('Service', 'services', 'rng', { spec: { selector: { app: 'rng' }, ports: [{ port: 80 }] } });
  await create('ConfigMap', 'configmaps', 'pitlane-rng');
  await create('ConfigMap', 'configmaps', 'pitlane-rng.admin');
  if (!isDrained) return;
  const spec = { containers: [{ name: 'rng', image: 'dockercoins/rng:v0.1' }] };
  await create('Pod', 'pods', 'rng-a', { spec }, drained());
}

/** The controller of service accounts may be faster. */
function unlessThere(error: unknown): void {
  if (!(error instanceof KubeApiError && error.reason === 'AlreadyExists')) throw error;
}

function drained(): object {
  const at = Date.now();
  const record = {
    v: 1,
    id: 'bench',
    service: 'rng',
    labels: { app: 'rng' },
    was: 'in rotation',
    annotations: {},
    by: 'U0ADA00000',
    at: new Date(at).toISOString(),
    until: new Date(at + 24 * 3_600_000).toISOString(),
    then: 'remind',
  };
  return {
    labels: { 'pitlane.dev/drained-from': 'rng' },
    annotations: { 'pitlane.dev/drain': JSON.stringify(record) },
  };
}
