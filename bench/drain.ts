import { KubeApi } from '@pitlane/embedded-cluster/kube-api';
import { kubeConfigFor } from '@pitlane/embedded-cluster/kube-config';
import { openRoute } from '../sandbox/traffic/route.ts';
import { CHANGE_TIMEOUT_MS, warmPitlane } from './change.ts';
import { type BenchCluster, type ClusterKind, NAMESPACE, openCluster } from './clusters.ts';
import { type CountingProxy, countingProxy } from './counting-proxy.ts';
import { median, run, table } from './process.ts';
import { kubeconfigFile, packedCli } from './tools.ts';

const WARM = 'pitlane, warm process';
const LABEL_AND_LOOK = 'kubectl label, and a look';

/** A way to drain a pod; it resolves once the person knows that the drain is done. */
type Way = (pod: string) => Promise<void>;

interface Measured {
  readonly requests: number;
  readonly kilobytes: number;
  /** From the start until the pod is not a ready endpoint any more, and until its replacement is one. */
  readonly outMs: number;
  readonly replacedMs: number;
  /** From the start until the person knows. */
  readonly knownMs: number;
}

/**
 * Measures a drain with proof: by Pitlane in a warm process (as on Lambda), by its command line, and by hand with kubectl.
 * All requests go through one counting proxy; a separate watch, which does not use the proxy, sees when the pods change.
 */
export async function benchDrain(kind: ClusterKind, runs: number, kubectl: string | undefined): Promise<string> {
  const cluster = await openCluster(kind);
  const proxy = await countingProxy(cluster.upstream);
  const kubeconfig = await kubeconfigFile(proxy.url);
  try {
    const ways: [name: string, way: Way][] = [
      [WARM, warm(proxy.url)],
      ['pitlane, command line', commandLine(kubeconfig, await packedCli())],
      ...(kubectl === undefined
        ? []
        : ([
            [LABEL_AND_LOOK, labelAndLook(kubectl, kubeconfig)],
            ['kubectl by hand', byHand(kubectl, kubeconfig)],
          ] satisfies [string, Way][])),
    ];
    const results = new Map<string, Measured[]>(ways.map(([name]) => [name, []]));
    for (let round = 0; round <= runs; round += 1) {
      for (const [name, way] of ways) {
        const measured = await once(cluster, proxy, way);
        // The first round only warms up caches and connections.
        if (round > 0) results.get(name)?.push(measured);
      }
    }
    return `Drain with proof, ${kind} cluster, median of ${runs}:\n\n${report(results)}${ratio(results)}`;
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

/** In each round: how soon Pitlane has the pod out of the slices, against a label and the look that proves it. */
function ratio(results: ReadonlyMap<string, readonly Measured[]>): string {
  const [ours = [], theirs = []] = [WARM, LABEL_AND_LOOK].map((name) => results.get(name));
  const ratios = ours.map(({ outMs }, round) => outMs / (theirs[round]?.knownMs ?? Number.NaN));
  return theirs.length === 0
    ? ''
    : `\n\nOut of the slices by a warm Pitlane, against a label and the look that proves it: ${median(ratios).toFixed(2)}`;
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

/** Watches the ready endpoints of rng, by pod name. */
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
          reject(new Error(`not ${what} within ${CHANGE_TIMEOUT_MS / 1000} s; ready: ${[...ready].join(', ')}`));
        }, CHANGE_TIMEOUT_MS);
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
  const change = warmPitlane(kubeConfigFor(url));
  return (pod) => change('drain', { pods: [pod] }, `drain ${pod}`);
}

function commandLine(kubeconfig: string, cli: string): Way {
  return async (pod) => {
    const args = [cli, 'rng', 'drain', pod, '-n', NAMESPACE, '--yes', '--no-evidence'];
    const ran = await run(process.execPath, args, { KUBECONFIG: kubeconfig });
    if (ran.code !== 0) throw new Error(`pitlane: ${ran.stderr}`);
  };
}

type Kubectl = (...args: string[]) => Promise<string>;

function kubectlWith(kubectl: string, kubeconfig: string): Kubectl {
  return async (...args) => {
    const ran = await run(kubectl, ['--kubeconfig', kubeconfig, '-n', NAMESPACE, ...args]);
    if (ran.code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${ran.stderr}`);
    return ran.stdout;
  };
}

const TARGETS = '{range .items[*].endpoints[*]}{.targetRef.name}{"\\n"}{end}';

/** Removes the label without any check, and polls until the slices no longer list the pod. */
function labelAndLook(kubectl: string, kubeconfig: string): Way {
  const ask = kubectlWith(kubectl, kubeconfig);
  return async (pod) => {
    await ask('label', 'pod', pod, 'app-');
    const slices = ['get', 'endpointslices', '-l', 'kubernetes.io/service-name=rng', '-o', `jsonpath=${TARGETS}`];
    while ((await ask(...slices)).split('\n').includes(pod));
  };
}

/** The commands of a careful person: list the pods, remove the label, and poll until the drain is done. */
function byHand(kubectl: string, kubeconfig: string): Way {
  const ask = kubectlWith(kubectl, kubeconfig);
  const label = labelAndLook(kubectl, kubeconfig);
  const names = '{range .items[*]}{.metadata.name}{"\\n"}{end}';
  return async (pod) => {
    await ask('get', 'pods', '-l', 'app=rng', '-o', 'wide');
    await label(pod);
    while ((await ask('get', 'pods', '-l', 'app=rng', '-o', `jsonpath=${names}`)).trim().split('\n').length < 4);
    await ask('wait', 'pod', '-l', 'app=rng', '--for=condition=Ready', '--timeout=60s');
  };
}
