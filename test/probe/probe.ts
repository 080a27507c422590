import type { V1Pod } from '@kubernetes/client-node';
import { follow } from '@pitlane/embedded-cluster/follow';
import { KubeApi } from '@pitlane/embedded-cluster/kube-api';
import type { TrafficStats } from '../../sandbox/traffic/tally.ts';
import { startTraffic, type TrafficOptions } from '../../sandbox/traffic/traffic.ts';

export interface ProbeOptions extends Pick<TrafficOptions, 'kubeConfig' | 'namespace' | 'service' | 'findServer'> {
  /** Of each data plane. */
  readonly ratePerSecond: number;
  /** The lags of the data planes, which send side by side. */
  readonly behindMs: readonly number[];
  /** How long the traffic lasts before the change, and after the last data plane has seen its end. */
  readonly marginMs: number;
}

export interface ProbeReport {
  readonly planes: readonly { readonly behindMs: number; readonly requests: number; readonly failed: number }[];
  /** Ready endpoints. */
  readonly before: number;
  readonly lowest: number;
  readonly atEnd: number;
  /** New pods of the namespace, and containers that restarted. */
  readonly started: number;
}

/** Sends steady traffic through a Service by several data planes, before, during and after a change. */
export async function probed(options: ProbeOptions, change: () => Promise<unknown>): Promise<ProbeReport> {
  const { behindMs: lags, marginMs, ...target } = options;
  const pods = await countStarts(target);
  const planes = await Promise.all(
    lags.map((behindMs, index) => startTraffic({ ...target, behindMs, seed: index + 1, timeoutMs: 5_000 })),
  );
  const stop = () => Promise.all(planes.map((plane) => plane.stop()));
  try {
    await wait(marginMs);
    const before = planes[0]?.stats().readyEndpoints ?? 0;
    await change();
    await wait(Math.max(...lags) + marginMs);
    const all = await stop();
    return {
      planes: all.map((stats, index) => ({
        behindMs: lags[index] ?? 0,
        requests: stats.requests,
        failed: failuresIn(stats),
      })),
      before,
      lowest: Math.min(...all.map(({ lowestReadyEndpoints }) => lowestReadyEndpoints)),
      atEnd: all[0]?.readyEndpoints ?? 0,
      started: pods.started(),
    };
  } finally {
    await stop();
    pods.stop();
  }
}

function failuresIn({ failures }: TrafficStats): number {
  return Object.values(failures).reduce((sum, each) => sum + each, 0);
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

type Followed = V1Pod & { metadata: { uid: string } };

/** Counts the pods that are new since now, and the restarts since now. */
async function countStarts({ kubeConfig, namespace }: Pick<ProbeOptions, 'kubeConfig' | 'namespace'>) {
  const api = new KubeApi(kubeConfig);
  const stopping = new AbortController();
  const restartsBefore = new Map<string, number>();
  const restarts = new Map<string, number>();
  const see = (pod: Followed, seen = restarts) =>
    seen.set(
      pod.metadata.uid,
      (pod.status?.containerStatuses ?? []).reduce((sum, { restartCount }) => sum + restartCount, 0),
    );
  let isFirst = true;
  await follow<Followed>({
    api,
    path: `/api/v1/namespaces/${namespace}/pods`,
    onList(pods) {
      for (const pod of pods) see(pod, isFirst ? restartsBefore : restarts);
      isFirst = false;
    },
    onEvent: (_, pod) => see(pod),
    signal: stopping.signal,
  });
  return {
    started: () =>
      [...restarts].reduce((sum, [uid, number]) => {
        const before = restartsBefore.get(uid);
        return sum + (before === undefined ? 1 + number : number - before);
      }, 0),
    stop() {
      stopping.abort();
      api.close();
    },
  };
}
