import type { KubeConfig } from '@kubernetes/client-node';
import { KubeApi } from '@pitlane/embedded-cluster/kube-api';
import { pause } from '@pitlane/embedded-cluster/pause';
import { seededRandom } from '@pitlane/embedded-cluster/random';
import { openRoute } from './route.ts';
import { type FindServer, send } from './send.ts';
import { Tally, type TrafficStats } from './tally.ts';

export interface TrafficOptions {
  /** An object, or the path of a kubeconfig file. */
  kubeConfig: KubeConfig | string;
  namespace: string;
  service: string;
  /** How far the data plane lags behind the slices. Default: 0. */
  behindMs?: number;
  ratePerSecond: number;
  findServer: FindServer;
  /** Default: `/`. */
  path?: string;
  /** Default: 2000. */
  timeoutMs?: number;
  /** Seeds the choice of endpoints. */
  seed?: number;
}

export interface Traffic {
  stats(): TrafficStats;
  /** Stops sending; resolves with the final figures after the last answers. */
  stop(): Promise<TrafficStats>;
}

/** Outside of all nodes' ranges, so that the apps' logs tell traffic from probes. */
const clientAddress = '10.244.0.7';
/** Pauses at this number of unanswered requests. */
const maxInFlight = 200;
const shortestTickMs = 5;

/** Sends steady traffic through a Service. Resolves once its endpoints are known. */
export async function startTraffic(options: TrafficOptions): Promise<Traffic> {
  const { namespace, service, behindMs, ratePerSecond, findServer } = options;
  const tally = new Tally();
  const api = new KubeApi(options.kubeConfig);
  const random = seededRandom(options.seed ?? 1);
  const onChange = ({ readyCount }: { readyCount: number }) => tally.endpoints(readyCount);
  const route = await openRoute({ api, namespace, service, behindMs, random, onChange });
  const stopping = new AbortController();
  const inFlight = new Set<Promise<void>>();
  const sending = { path: options.path ?? '/', timeoutMs: options.timeoutMs ?? 2_000, from: clientAddress };

  const sendOne = async () => {
    const endpoint = route.pick();
    const answer =
      endpoint === undefined ? { cause: 'noEndpoint' as const } : await send(endpoint, findServer, sending);
    const cause = 'cause' in answer ? answer.cause : undefined;
    tally.record({ pod: endpoint?.podName, cause });
  };

  const sendSteadily = async () => {
    const startedAt = performance.now();
    let due = 0;
    do {
      due += 1;
      if (inFlight.size < maxInFlight) {
        const one = sendOne().finally(() => inFlight.delete(one));
        inFlight.add(one);
      }
      if (due % burst(ratePerSecond) !== 0) continue;
      const nextAt = startedAt + (due * 1000) / ratePerSecond;
      await pause(Math.max(0, nextAt - performance.now()), stopping.signal);
    } while (!stopping.signal.aborted);
  };
  const sent = sendSteadily();
  return {
    stats: () => tally.stats(),
    async stop() {
      stopping.abort();
      await sent;
      await Promise.all(inFlight);
      route.stop();
      api.close();
      return tally.stats();
    },
  };
}

/**
 * The requests for each tick of the timer, which is coarse: 1 up to 200 a second, 5 at 1000 a second.
 */
function burst(ratePerSecond: number): number {
  return Math.max(1, Math.round((ratePerSecond * shortestTickMs) / 1000));
}
