import { KubeApi } from '@pitlane/embedded-cluster/kube-api';
import { kubeConfigFor } from '@pitlane/embedded-cluster/kube-config';
import { connectionTo } from '../pitlane/cluster/connection.ts';
import { DEFAULT_POLICY } from '../pitlane/config/config.ts';
import { createPitlane } from '../pitlane/operate/pitlane.ts';
import { openRoute } from '../sandbox/traffic/route.ts';
import { type BenchCluster, type ClusterKind, NAMESPACE, openCluster } from './clusters.ts';
import { type CountingProxy, countingProxy } from './counting-proxy.ts';
import { median, run, table } from './process.ts';
import { kubeconfigFile } from './tools.ts';

/** How somebody drains a pod, and knows that it is done when the promise resolves. */
type Way = (pod: string) => Promise<void>;

interface Measured {
  readonly requests: number;
  readonly kilobytes: number;
  /** From the start to the moment at which nobody could be sent to the pod any more, and its replacement was a ready endpoint. */
  readonly outMs: number;
  readonly replacedMs: number;
  /** From the start until the person knows. */
  readonly knownMs: number;
}

const DEADLINE_MS = 60_000;

/**
 * A drain with proof, by pitlane in a warm process (as in Lambda), by its command line, and by hand with kubectl. All
 * go through the same counting proxy; when it really happened is seen by a watch of the bench's own, past the proxy.
 */
export async function benchDrain(kind: ClusterKind, runs: number, kubectl: string | undefined): Promise<string> {
  const cluster = await openCluster(kind);
  const proxy = await countingProxy(cluster.upstream);
  const kubeconfig = await kubeconfigFile(proxy.url);
  try {
    const ways: [name: string, way: Way][] = [
      ['pitlane, warm process', warm(proxy.url)],
      ['pitlane, command line', commandLine(kubeconfig)],
      ...(kubectl === undefined ? [] : [['kubectl by hand', byHand(kubectl, kubeconfig)] as [string, Way]]),
    ];
    const results = new Map<string, Measured[]>(ways.map(([name]) => [name, []]));
    for (let round = 0; round <= runs; round += 1) {
      for (const [name, way] of ways) {
        const measured = await once(cluster, proxy, way);
        // The first round warms caches and connections up.
        if (round > 0) results.get(name)?.push(measured);
      }
    }
    return `Drain with proof, ${kind} cluster, median of ${runs}:\n\n${report(results)}`;
  } finally {
    await proxy.stop();
    await cluster.stop();
  }
}

function report(results: ReadonlyMap<string, readonly Measured[]>): string {
  return table([
    [
      'drain of one of 4 pods',
      'requests',
      'KB',
      'out of the slices, ms',
      'replacement ready, ms',
      'known to the person, ms',
    ],
    ...[...results].map(([name, all]) => {
      const of = (key: keyof Measured): number => Math.round(median(all.map((one) => one[key])));
      return [name, of('requests'), of('kilobytes'), of('outMs'), of('replacedMs'), of('knownMs')];
    }),
  ]);
}

async function once(cluster: BenchCluster, proxy: CountingProxy, way: Way): Promise<Measured> {
  const api = new KubeApi(cluster.kubeConfig);
  const watched = await watchReady(api);
  try {
    await watched.until('4 ready endpoints', (ready) => ready.size === 4);
    const [pod = ''] = [...watched.ready()].sort();
    proxy.reset();
    const startedAt = performance.now();
    const out = watched.until(`${pod} out`, (ready) => !ready.has(pod)).then(() => performance.now() - startedAt);
    const replaced = out.then(() => watched.until('4 ready endpoints', (ready) => ready.size === 4));
    const replacedMs = replaced.then(() => performance.now() - startedAt);
    await way(pod);
    const knownMs = performance.now() - startedAt;
    const { requests, bytesUp, bytesDown } = proxy.traffic;
    const result = { outMs: await out, replacedMs: await replacedMs, knownMs };
    await api.delete(`/api/v1/namespaces/${NAMESPACE}/pods/${pod}`, { gracePeriodSeconds: 0 });
    return { requests, kilobytes: (bytesUp + bytesDown) / 1024, ...result };
  } finally {
    watched.stop();
    api.close();
  }
}

/** The ready endpoints of rng by pod name, as they change. */
async function watchReady(api: KubeApi) {
  let ready: ReadonlySet<string> = new Set();
  const waiting = new Set<() => void>();
  const route = await openRoute({
    api,
    namespace: NAMESPACE,
    service: 'rng',
    random: () => 0,
    onChange: ({ usable }) => {
      ready = new Set(usable.map(({ podName }) => podName ?? ''));
      for (const look of waiting) look();
    },
  });
  return {
    ready: () => ready,
    stop: () => route.stop(),
    until(what: string, isRight: (ready: ReadonlySet<string>) => boolean): Promise<void> {
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          reject(new Error(`not ${what} within ${DEADLINE_MS / 1000} s; ready: ${[...ready].join(', ')}`));
        }, DEADLINE_MS);
        const look = (): void => {
          if (!isRight(ready)) return;
          clearTimeout(timer);
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      });
    },
  };
}

function warm(url: string): Way {
  const connection = connectionTo(kubeConfigFor(url));
  const service = { key: 'rng', cluster: '', namespace: NAMESPACE, service: 'rng', policy: DEFAULT_POLICY };
  const pitlane = createPitlane({ service: () => service, connect: () => connection, now: Date.now });
  return async (pod) => {
    const request = { command: 'drain', service: 'rng', pod, dryRun: false, force: false } as const;
    const asker = { by: 'bench', role: 'admin' as const, requestId: `drain ${pod}` };
    const operation = pitlane.advance(request, asker, { confirmed: 'any', deadline: Date.now() + DEADLINE_MS });
    let next = await operation.next();
    while (!next.done) next = await operation.next();
    if (next.value.kind !== 'done') throw new Error(`the drain of ${pod} ended as ${next.value.kind}`);
  };
}

function commandLine(kubeconfig: string): Way {
  return async (pod) => {
    const args = ['cli/main.ts', 'rng', 'drain', pod, '-n', NAMESPACE, '--yes', '--no-evidence'];
    const ran = await run(process.execPath, args, { KUBECONFIG: kubeconfig });
    if (ran.code !== 0) throw new Error(`pitlane: ${ran.stderr}`);
  };
}

/** What a careful person types: look, take the label off, and look until the slices and the replacement are as they should be. */
function byHand(kubectl: string, kubeconfig: string): Way {
  const ask = async (...args: string[]): Promise<string> => {
    const ran = await run(kubectl, ['--kubeconfig', kubeconfig, '-n', NAMESPACE, ...args]);
    if (ran.code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${ran.stderr}`);
    return ran.stdout;
  };
  const names = '{range .items[*]}{.metadata.name}{"\\n"}{end}';
  const targets = '{range .items[*].endpoints[*]}{.targetRef.name}{"\\n"}{end}';
  return async (pod) => {
    await ask('get', 'pods', '-l', 'app=rng', '-o', 'wide');
    await ask('label', 'pod', pod, 'app-');
    const slices = ['get', 'endpointslices', '-l', 'kubernetes.io/service-name=rng', '-o', `jsonpath=${targets}`];
    while ((await ask(...slices)).split('\n').includes(pod));
    while ((await ask('get', 'pods', '-l', 'app=rng', '-o', `jsonpath=${names}`)).trim().split('\n').length < 4);
    await ask('wait', 'pod', '-l', 'app=rng', '--for=condition=Ready', '--timeout=60s');
  };
}
