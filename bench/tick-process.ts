import { subscribe } from 'node:diagnostics_channel';
import { connect } from '../pitlane/cluster/connect.ts';
import type { Connection } from '../pitlane/cluster/connection.ts';
import { DEFAULT_POLICY, type ServiceConfig } from '../pitlane/config/config.ts';
import { createPitlane } from '../pitlane/operate/pitlane.ts';
import type { Courier } from '../pitlane/operate/tick/courier.ts';

export interface TickInput {
  /** Of kubeconfigs: each is of a cluster of that name. */
  readonly folder: string;
  readonly clusters: readonly string[];
  /** On each of them. */
  readonly namespaces: number;
  readonly ticks: number;
}

/** One tick of a process. */
export interface MeasuredTick {
  readonly seconds: number;
  /** Of the process: it does not depend on what else runs on the machine. */
  readonly cpuSeconds: number;
  readonly requests: number;
  readonly connections: number;
  readonly namespaces: number;
  readonly trouble: readonly { readonly where: string; readonly why: string }[];
}

const MINUTE_MS = 60_000;
const TICK_MS = 110_000;

/** Runs ticks in one process, of which the first is cold, for the first minutes of ten. Prints a MeasuredTick[]. */
const { folder, clusters, namespaces, ticks }: TickInput = JSON.parse(process.argv[2] ?? '');

let connections = 0;
subscribe('net.client.socket', () => {
  connections += 1;
});
let skewMs = 0;
const now = () => Date.now() + skewMs;

const services = clusters.flatMap((cluster) =>
  Array.from({ length: namespaces }, (_, index): ServiceConfig => {
    const key = `rng-${cluster}-${index}`;
    return { key, cluster, namespace: `ns-${index}`, service: 'rng', policy: DEFAULT_POLICY };
  }),
);
const byKey = new Map(services.map((service) => [service.key, service]));
const open = new Map<string, Promise<Connection>>();

function connected(cluster: string): Promise<Connection> {
  const path = `${folder}/${cluster}`;
  const connection = open.get(cluster) ?? connect({ kind: 'kubeconfig', path }, { env: process.env, now });
  open.set(cluster, connection);
  return connection;
}

const pitlane = createPitlane({
  service: (key) => byKey.get(key),
  keys: [...byKey.keys()],
  connect: connected,
  now,
  hasTick: true,
});

async function requests(): Promise<number> {
  return (await Promise.all(open.values())).reduce((sum, { usage }) => sum + usage.requests, 0);
}

/** In minute `minute` of ten. */
async function measuredTick(minute: number): Promise<MeasuredTick> {
  skewMs = (10 + minute) * MINUTE_MS - (Date.now() % (10 * MINUTE_MS));
  const before = { at: performance.now(), cpu: process.cpuUsage(), requests: await requests(), connections };
  const report = await pitlane.tick({ deadline: now() + TICK_MS, courier: {} as Courier });
  const { user, system } = process.cpuUsage(before.cpu);
  return {
    seconds: (performance.now() - before.at) / 1000,
    cpuSeconds: (user + system) / 1_000_000,
    requests: (await requests()) - before.requests,
    connections: connections - before.connections,
    namespaces: report.namespaces,
    trouble: report.trouble.map(({ where, error }) => ({ where, why: String(error) })),
  };
}

async function main(): Promise<void> {
  const measured: MeasuredTick[] = [];
  for (let minute = 0; minute < ticks; minute += 1) measured.push(await measuredTick(minute));
  process.stdout.write(JSON.stringify(measured), () => process.exit());
}

main();
