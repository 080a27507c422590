import { type EmbeddedCluster, startEmbeddedCluster } from '@pitlane/embedded-cluster';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { slackCourier } from '../../pitlane/chat/conversation/courier.ts';
import { slackApi } from '../../pitlane/chat/slack/api.ts';
import { type Call, connectionTo } from '../../pitlane/cluster/connection.ts';
import { pathOf } from '../../pitlane/cluster/resource.ts';
import { DEFAULT_POLICY, type ServiceConfig } from '../../pitlane/config/config.ts';
import { createPitlane } from '../../pitlane/operate/pitlane.ts';
import type { Pitlane, TickOptions, TickReport } from '../../pitlane/operate/use-case.ts';
import { type FakeSlack, startFakeSlack } from '../../sandbox/slack/server.ts';
import { during, pass, startVirtualTime, stopVirtualTime } from '../virtual-time.ts';

export const MINUTE_MS = 60_000;
/** Of ten, in which no heartbeat is due where a cluster has fewer than 500 namespaces. */
const QUIET_MINUTE = 5;
const CHANNELS = ['C0OPS00000', 'C0DEV00000'];

type Verdict = NonNullable<ReturnType<NonNullable<Parameters<EmbeddedCluster['setIntercept']>[0]>>>;

/** For each test of a file: ticks for services in many namespaces and clusters, without pods, and with a workspace in Slack. */
export class ManyPlaces {
  readonly clusters = new Map<string, EmbeddedCluster>();
  slack!: FakeSlack;
  /** `eu GET /api/v1/…`, without queries, with the seconds of the test at which each was sent. */
  sent: { readonly request: string; readonly at: number }[] = [];
  /** Most requests of Pitlane in progress at once. */
  mostAtOnce = 0;
  #atOnce = 0;
  #services: readonly ServiceConfig[] = [];
  #shown = 0;
  #startedAt = 0;

  constructor(...names: readonly string[]) {
    beforeAll(async () => {
      startVirtualTime();
      for (const name of names) this.clusters.set(name, await startEmbeddedCluster({ kubelet: false }));
    });
    afterAll(async () => {
      await during(Promise.all([...this.clusters.values()].map((cluster) => cluster.stop())));
      stopVirtualTime();
    });
    beforeEach(async () => {
      await pass(10 * MINUTE_MS - (Date.now() % (10 * MINUTE_MS)) + QUIET_MINUTE * MINUTE_MS);
      this.slack = await startFakeSlack({ token: 'xoxb-1', joined: CHANNELS });
      this.#shown = 0;
      this.#startedAt = Date.now();
      this.sent = [];
      this.mostAtOnce = 0;
    });
    afterEach(async () => {
      await during(this.slack.close());
      for (const { api, setIntercept } of this.clusters.values()) {
        setIntercept(undefined);
        for (const lease of api.list('leases')) api.delete('leases', lease.metadata.namespace, lease.metadata.name);
      }
    });
  }

  /** Configures a service in each of so many namespaces of these clusters. */
  configure(count: number, ...clusters: readonly string[]): void {
    this.#services = clusters.flatMap((cluster) => {
      const { api } = this.#embedded(cluster);
      return Array.from({ length: count }, (_, index): ServiceConfig => {
        const namespace = `ns-${index}`;
        if (api.list('namespaces').every(({ metadata }) => metadata.name !== namespace))
          api.create('namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
        const channel = CHANNELS[index % 2];
        const key = `${cluster}-${index}`;
        return { key, cluster, namespace, service: 'rng', policy: DEFAULT_POLICY, ...(channel && { channel }) };
      });
    });
  }

  /** A process that has not run before. */
  process(): Pitlane {
    const services = new Map(this.#services.map((service) => [service.key, service]));
    return createPitlane({
      service: (key) => services.get(key),
      keys: [...services.keys()],
      connect: (cluster) => this.#connection(cluster),
      now: Date.now,
      hasTick: true,
    });
  }

  /** Returns also how long it took, and how many messages it has posted. */
  async tick(process: Pitlane = this.process(), more: Partial<TickOptions> = {}) {
    const before = Date.now();
    const { apiUrl } = this.slack;
    const deadline = before + 110_000;
    const courier = slackCourier({
      slack: slackApi({ token: () => 'xoxb-1', apiUrl, deadline, now: Date.now }),
      now: Date.now,
      roleOf: async () => 'none',
      onError: () => {},
    });
    const report: TickReport = await during(process.tick({ deadline, courier, ...more }));
    const news = this.slack.workspace.messages.slice(this.#shown);
    this.#shown = this.slack.workspace.messages.length;
    return { ...report, tookMs: Date.now() - before, news: news.length };
  }

  /** Ticks of one process, or of a new one each, at the beginnings of the next minutes. Returns the news of each. */
  async ticks(count: number, process?: Pitlane): Promise<readonly number[]> {
    const news: number[] = [];
    for (let each = 0; each < count; each += 1) {
      await pass(MINUTE_MS - (Date.now() % MINUTE_MS));
      news.push((await this.tick(process)).news);
    }
    return news;
  }

  /** What becomes of the requests to a cluster. */
  intercept(cluster: string, verdict: (path: string) => Verdict): void {
    this.#embedded(cluster).setIntercept(({ path }) => verdict(path));
  }

  /** The requests to the cluster that match, in order. */
  requests(cluster: string, matches: RegExp = /./): readonly string[] {
    const own = this.sent.filter(({ request }) => request.startsWith(`${cluster} `));
    return own.map(({ request }) => request.slice(cluster.length + 1)).filter((request) => matches.test(request));
  }

  #embedded(cluster: string): EmbeddedCluster {
    const embedded = this.clusters.get(cluster) ?? this.clusters.values().next().value;
    if (embedded === undefined) throw new Error(`there is no cluster ${cluster}`);
    return embedded;
  }

  #connection(cluster: string) {
    const connection = connectionTo(this.#embedded(cluster).kubeConfigInProcess);
    return {
      ...connection,
      send: async <T>(call: Call) => {
        this.sent.push({
          request: `${cluster} ${call.verb} ${pathOf(call.place)}`,
          at: (Date.now() - this.#startedAt) / 1000,
        });
        this.#atOnce += 1;
        this.mostAtOnce = Math.max(this.mostAtOnce, this.#atOnce);
        try {
          return await connection.send<T>(call);
        } finally {
          this.#atOnce -= 1;
        }
      },
    };
  }
}
