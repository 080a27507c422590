import { subscribe } from 'node:diagnostics_channel';
import { connectionTo } from '../pitlane/cluster/connection.ts';
import { DEFAULT_POLICY, type ServiceConfig } from '../pitlane/config/config.ts';
import { IN_CONFIG, loadKubeconfig } from '../pitlane/kubeconfig/kubeconfig.ts';
import { createPitlane } from '../pitlane/operate/pitlane.ts';
import type { Courier } from '../pitlane/operate/tick/courier.ts';

/** One tick of a process. */
export interface MeasuredTick {
  readonly seconds: number;
  readonly requests: number;
  readonly connections: number;
  readonly namespaces: number;
  readonly did: number;
  readonly trouble: readonly string[];
}

/** As many ticks in one process as asked for: the first is cold. Prints a MeasuredTick[]. */
const [folder = '', clusters = '1', namespaces = '1', ticks = '2'] = process.argv.slice(2);

let connections = 0;
subscribe('net.client.socket', () => {
  connections += 1;
});

const services = Array.from({ length: Number(clusters) }, (_, cluster) =>
  Array.from({ length: Number(namespaces) }, (_, index): ServiceConfig => {
    const key = `rng-${cluster}-${index}`;
    return { key, cluster: String(cluster), namespace: `ns-${index}`, service: 'rng', policy: DEFAULT_POLICY };
  }),
).flat();
const byKey = new Map(services.map((service) => [service.key, service]));
const connectionOf = (cluster: string) => {
  const loaded = loadKubeconfig({ path: `${folder}/${cluster}` }, process.env, IN_CONFIG);
  if (loaded.kind === 'fault') throw new Error(loaded.messages.join(' '));
  return connectionTo(loaded.kubeConfig);
};
let skewMs = 0;
const now = () => Date.now() + skewMs;
const open = new Map<string, ReturnType<typeof connectionOf>>();
const pitlane = createPitlane({
  service: (key) => byKey.get(key),
  keys: [...byKey.keys()],
  connect: (cluster) => {
    const connection = open.get(cluster) ?? connectionOf(cluster);
    open.set(cluster, connection);
    return connection;
  },
  now,
  hasTick: true,
});

const TICK_MS = 110_000;
const MINUTE_MS = 60_000;
const measured: MeasuredTick[] = [];
for (let tick = 0; tick < Number(ticks); tick += 1) {
  // In the first of ten minutes, most heartbeats are due; in the second and third, fewer or none.
  skewMs = (tick + 10) * MINUTE_MS - (Date.now() % (10 * MINUTE_MS));
  const requests = () => [...open.values()].reduce((sum, { usage }) => sum + usage.requests, 0);
  const before = { at: performance.now(), requests: requests(), connections };
  const { did, trouble, namespaces } = await pitlane.tick({ deadline: now() + TICK_MS, courier: {} as Courier });
  measured.push({
    seconds: (performance.now() - before.at) / 1000,
    requests: requests() - before.requests,
    connections: connections - before.connections,
    namespaces,
    did: did.length,
    trouble: trouble.slice(0, 3).map(({ where, error }) => `${where}: ${error}`),
  });
}
process.stdout.write(JSON.stringify(measured), () => process.exit());
