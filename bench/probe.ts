import { randomUUID } from 'node:crypto';
import type { V1Deployment, V1EndpointSlice } from '@kubernetes/client-node';
import { isTaken, KubeApi } from '@pitlane/embedded-cluster/kube-api';
import { kubeConfigFor } from '@pitlane/embedded-cluster/kube-config';
import { ADMISSION_RESOURCES, gatePolicy } from '../infra/gate-policy.ts';
import { endpointsOf } from '../sandbox/traffic/endpoints.ts';
import { type ByHand, byClient, byKubectl } from '../test/probe/by-hand.ts';
import { type ProbeReport, probed } from '../test/probe/probe.ts';
import { warmPitlane } from './change.ts';
import { type BenchCluster, type ClusterKind, openEmptyCluster } from './clusters.ts';
import { type CountingProxy, countingProxy } from './counting-proxy.ts';
import { deploySet, fill, untilReady } from './fill.ts';
import { SCENARIOS, type Scenario, type Stage } from './probe-scenarios.ts';
import { run, table } from './process.ts';
import { kubeconfigFile } from './tools.ts';

export interface ProbeSize {
  readonly pods: number;
  readonly isQuick: boolean;
  readonly behindMs: readonly number[];
  /** The sizes of services whose requests for `gate on` are counted. */
  readonly counted: readonly number[];
}

/** Of each data plane: with three of them, about 100 a second. */
const RATE = 33;
/** Scenarios that run side by side, since most of their time is waiting for the data planes. */
const LANES = 2;
const WARM_UP_PODS = 2;
const MARGIN_MS = 500;
/** Pulling an image and starting take time. */
const START_MS = 1_000;
const REPLACED_WITHIN_MS = 60_000;

interface World {
  readonly cluster: BenchCluster;
  readonly api: KubeApi;
  readonly proxy: CountingProxy;
  readonly kubectl: ((namespace: string) => ByHand) | undefined;
}

interface Measured extends ProbeReport {
  readonly title: string;
  readonly requests: number;
  readonly seconds: number;
}

/** Measures changes of a service under traffic through data planes that lag: by Pitlane, and by hand. */
export async function benchProbe(kind: ClusterKind, size: ProbeSize, kubectl: string | undefined): Promise<string> {
  const cluster = await openEmptyCluster(kind, { startMs: START_MS });
  const api = new KubeApi(cluster.kubeConfig);
  const worlds: World[] = [];
  try {
    await installGatePolicy(api);
    for (let lane = 0; lane < LANES; lane += 1) worlds.push(await openWorld(cluster, api, kubectl));
    const scenarios = SCENARIOS.filter(({ isQuick }) => isQuick || !size.isQuick);
    // Before the traffic begins, so that no start of pods disturbs a measurement.
    await Promise.all(scenarios.map((_, index) => deploy(api, namespaceOf(index), size.pods)));
    const measured: Measured[] = [];
    const lanes = worlds.map(async (world, lane) => {
      await warmUp(world, `warm-up-${lane + 1}`);
      for (const [index, scenario] of scenarios.entries())
        if (index % LANES === lane) measured[index] = await measure(world, namespaceOf(index), scenario, size);
    });
    await Promise.all(lanes);
    const counts: Counted[] = [];
    for (const pods of size.counted) if (worlds[0]) counts.push(await countGateOn(worlds[0], pods));
    const head = `Changes of rng with ${size.pods} pods under traffic, ${kind} cluster, ${RATE} requests a second by each data plane:`;
    const cost = `Requests to the API server for gate on, ${kind} cluster:\n\n${countTable(counts)}`;
    return [`${head}\n\n${report(measured, size)}`, ...(counts.length > 0 ? [cost] : [])].join('\n\n');
  } finally {
    api.close();
    for (const { proxy } of worlds) await proxy.stop();
    await cluster.stop();
  }
}

async function openWorld(cluster: BenchCluster, api: KubeApi, kubectl: string | undefined): Promise<World> {
  const proxy = await countingProxy(cluster.upstream);
  return { cluster, api, proxy, kubectl: kubectl ? await handsOf(kubectl, proxy.url) : undefined };
}

const namespaceOf = (index: number) => `probe-${index + 1}`;

function report(measured: readonly Measured[], { behindMs }: ProbeSize): string {
  const lags = behindMs.map((ms) => `${ms / 1000} s behind: failed`);
  return table([
    ['change', ...lags, 'sent by each', 'fewest in rotation', 'at the end', 'pods started', 'API requests', 'seconds'],
    ...measured.map(({ title, planes, lowest, atEnd, started, requests, seconds }) => [
      title,
      ...planes.map(({ failed }) => failed),
      planes[0]?.requests ?? 0,
      lowest,
      atEnd,
      started,
      requests,
      seconds.toFixed(1),
    ]),
  ]);
}

/** Loads code and opens connections, on a small service. */
async function warmUp(world: World, namespace: string): Promise<void> {
  await deploy(world.api, namespace, WARM_UP_PODS);
  const { stage, close } = stageOf(world, namespace, WARM_UP_PODS);
  await stage.pitlane('gate on');
  await stage.pitlane('gate off');
  await stage.hand.select({ warm: null });
  close();
}

async function measure(world: World, namespace: string, scenario: Scenario, size: ProbeSize): Promise<Measured> {
  const { cluster, proxy } = world;
  const { stage, close } = stageOf(world, namespace, size.pods);
  let requests = 0;
  let seconds = 0;
  try {
    await scenario.before?.(stage);
    await untilInRotation(world.api, namespace, size.pods);
    const report = await probed(
      {
        kubeConfig: cluster.kubeConfig,
        namespace,
        service: 'rng',
        findServer: (uid, port) => cluster.kubelet.endpoint(uid, port),
        ratePerSecond: RATE,
        behindMs: size.behindMs,
        marginMs: MARGIN_MS,
      },
      async () => {
        proxy.reset();
        const startedAt = performance.now();
        await scenario.change(stage);
        seconds = (performance.now() - startedAt) / 1000;
        ({ requests } = proxy.traffic);
      },
    );
    return { ...report, title: scenario.title, requests, seconds };
  } catch (error) {
    throw new Error(`${scenario.title}: ${(error as Error).message}`, { cause: error });
  } finally {
    close();
  }
}

/** All requests of Pitlane and of the hand go through the proxy. */
function stageOf({ api, proxy, kubectl }: World, namespace: string, pods: number): { stage: Stage; close: () => void } {
  const change = warmPitlane(kubeConfigFor(proxy.url), namespace);
  const counted = new KubeApi(kubeConfigFor(proxy.url));
  const stage: Stage = {
    pitlane: (command, fields = {}) => change(command, fields, `${command} ${randomUUID()}`),
    hand: kubectl?.(namespace) ?? byClient(counted, namespace),
    labelled: (key) => namesOfPods(api, namespace, { labelSelector: key }),
    some: async (count) => (await namesInRotation(api, namespace)).slice(0, count),
    createGreen: () =>
      deploySet(api, namespace, { name: 'rng-green', labels: { app: 'rng', version: 'green' }, size: pods }),
    greenReady: () => untilReady(api, namespace, 'rng-green', pods),
    async replace(names) {
      for (const pod of names) await api.delete(`/api/v1/namespaces/${namespace}/pods/${pod}`, {});
      const path = `/apis/apps/v1/namespaces/${namespace}/deployments/rng`;
      await until(`${names.length} pods replaced`, async () => {
        const { spec, status } = await api.get<V1Deployment>(path);
        const left = await namesOfPods(api, namespace);
        return status?.readyReplicas === spec?.replicas && names.every((pod) => !left.includes(pod));
      });
    },
  };
  return { stage, close: () => counted.close() };
}

async function handsOf(kubectl: string, url: string): Promise<(namespace: string) => ByHand> {
  const kubeconfig = await kubeconfigFile(url);
  return (namespace) =>
    byKubectl(async (...args) => {
      const ran = await run(kubectl, ['--kubeconfig', kubeconfig, '-n', namespace, ...args]);
      if (ran.code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${ran.stderr}`);
      return ran.stdout;
    });
}

async function installGatePolicy(api: KubeApi): Promise<void> {
  for (const object of await gatePolicy()) {
    try {
      await api.create(`/apis/admissionregistration.k8s.io/v1/${ADMISSION_RESOURCES[object.kind]}`, object);
    } catch (error) {
      if (!isTaken(error)) throw error;
    }
  }
}

async function deploy(api: KubeApi, namespace: string, pods: number): Promise<void> {
  await fill(api, namespace, pods);
  await untilInRotation(api, namespace, pods);
}

async function namesInRotation(api: KubeApi, namespace: string): Promise<readonly string[]> {
  const query = { labelSelector: 'kubernetes.io/service-name=rng' };
  const path = `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`;
  const { items } = await api.get<{ items: V1EndpointSlice[] }>(path, query);
  const { usable, readyCount } = endpointsOf(items);
  return usable
    .map(({ podName }) => podName)
    .slice(0, readyCount)
    .sort();
}

async function namesOfPods(api: KubeApi, namespace: string, query = {}): Promise<readonly string[]> {
  const path = `/api/v1/namespaces/${namespace}/pods`;
  const { items } = await api.get<{ items: { metadata: { name: string } }[] }>(path, query);
  return items.map(({ metadata }) => metadata.name);
}

function untilInRotation(api: KubeApi, namespace: string, pods: number): Promise<void> {
  return until(`${pods} pods in rotation`, async () => (await namesInRotation(api, namespace)).length === pods);
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + REPLACED_WITHIN_MS;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`not ${what} within ${REPLACED_WITHIN_MS / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

interface Counted {
  readonly pods: number;
  readonly seconds: number;
  readonly labels: number;
  /** The others, by method and resource. */
  readonly others: ReadonlyMap<string, number>;
}

async function countGateOn(world: World, pods: number): Promise<Counted> {
  const namespace = `gated-${pods}`;
  await deploy(world.api, namespace, pods);
  const { stage, close } = stageOf(world, namespace, pods);
  world.proxy.reset();
  const startedAt = performance.now();
  await stage.pitlane('gate on', { via: 'admission' });
  const seconds = (performance.now() - startedAt) / 1000;
  close();
  const others = new Map<string, number>();
  for (const line of world.proxy.traffic.lines) others.set(kindOf(line), (others.get(kindOf(line)) ?? 0) + 1);
  const labels = others.get(LABEL) ?? 0;
  others.delete(LABEL);
  return { pods, seconds, labels, others };
}

const LABEL = 'PATCH pods';

/** `GET /api/v1/namespaces/x/pods?watch=true` is `WATCH pods`. */
function kindOf(line: string): string {
  const [method = '', url = ''] = line.split(' ');
  const { pathname, searchParams } = new URL(url, 'http://proxy');
  const segments = pathname.split('/').slice(pathname.startsWith('/api/') ? 3 : 4);
  const resource = segments[0] === 'namespaces' && segments.length > 2 ? segments[2] : segments[0];
  return `${searchParams.has('watch') ? 'WATCH' : method} ${resource}`;
}

function countTable(counts: readonly Counted[]): string {
  const rows = counts.map(({ pods, labels, others, seconds }) => {
    const rest = others.values().reduce((all, number) => all + number, 0);
    return [pods, labels, rest, ((labels + rest) / pods).toFixed(2), seconds.toFixed(1)];
  });
  const last = [...(counts.at(-1)?.others ?? [])].sort(([, a], [, b]) => b - a);
  const names = last.map(([kind, number]) => `${number} ${kind}`).join(', ');
  return `${table([['pods', 'labels', 'others', 'requests a pod', 'seconds'], ...rows])}\n\nThe others: ${names}.`;
}
