import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EmbeddedCluster, startEmbeddedCluster } from '@pitlane/embedded-cluster';
import { startClock } from '../functions/clock.ts';
import { readConfig } from '../functions/config.ts';
import { house } from '../functions/house.ts';
import type { Log, LogFields } from '../functions/log.ts';
import { slackHandler } from '../functions/slack.ts';
import { tickHandler } from '../functions/tick.ts';
import { workerHandler } from '../functions/worker.ts';
import { ADMISSION_RESOURCES, gatePolicy } from '../infra/gate-policy.ts';
import { rbacObjects } from '../infra/rbac-objects.ts';
import { slackApi } from '../pitlane/chat/slack/api.ts';
import { peopleIn } from '../pitlane/chat/slack/people.ts';
import { dockerCoinsApps } from './dockercoins/apps.ts';
import { deployDockerCoins } from './dockercoins/deploy.ts';
import type { Playground } from './page/playground.ts';
import { serveFunctionUrl } from './slack/function-url.ts';
import { SlackPerson } from './slack/person.ts';
import { startFakeSlack } from './slack/server.ts';
import type { Workspace } from './slack/workspace.ts';
import { serviceCaller } from './traffic/call.ts';
import type { FindServer } from './traffic/send.ts';
import { startTraffic, type Traffic } from './traffic/traffic.ts';

const NAMESPACE = 'dockercoins';
const SIGNING_SECRET = '8f742231b10e8888abcd99yyyzzz85a5';
const TOKEN = 'xoxb-sandbox';
const TEAM = 'T0SANDBOX0';
const OPS = 'C0OPS00000';
const PEOPLE = { you: 'U0YOU00000', ada: 'U0ADA00000', eve: 'U0EVE00000' };
const ROLES = { you: 'admin', ada: 'operator', eve: 'viewer' } as const;
/** The bad pod answers this share of requests with a 500. */
const BAD_FAULT = 'failing=0.5';
/** The time from scheduled to running for later pods. */
const START_MS = 1_000;
/** The timeouts of worker and tick on Lambda (serverless.yml). */
const WORKER_MS = 300_000;
const TICK_MS = 120_000;
const MINUTE_MS = 60_000;

/** You are an admin, ada is an operator, eve a viewer. */
const configOf = (kubeconfig: string) => `clusters: { sandbox: { kubeconfig: { path: ${JSON.stringify(kubeconfig)} } } }
services:
${['rng', 'hasher', 'webui', 'redis'].map((key) => `  ${key}: { namespace: ${NAMESPACE} }`).join('\n')}
access:
  viewer: { everyone: true }
  operator: { users: [${PEOPLE.ada}] }
  admin: { users: [${PEOPLE.you}] }
`;

export interface Sandbox {
  /** The name of the misbehaving pod. */
  readonly bad: string;
  readonly kubeconfig: string;
  readonly traffic: Traffic;
  readonly workspace: Workspace;
  readonly commands: readonly string[];
  readonly people: Readonly<Record<keyof typeof PEOPLE, SlackPerson>>;
  readonly nameOf: (id: string) => string;
  /** What the page shows. */
  readonly playground: Playground;
  /** Resolves once all work is done, with the log events since the last call. */
  settled(): Promise<readonly LogFields[]>;
  close(): Promise<void>;
}

export interface SandboxOptions {
  readonly now?: () => number;
  /** Milliseconds between two ticks. */
  readonly tickMs?: number;
  /** Default: 4. */
  readonly replicas?: number;
  /** Default: 3. */
  readonly nodes?: number;
  /** Requests to rng. Default: 100. */
  readonly ratePerSecond?: number;
}

/**
 * Starts in this process a cluster with DockerCoins and one bad pod under traffic, a Slack with Pitlane, and a clock.
 */
export async function openSandbox(
  seed: number,
  { now = Date.now, tickMs = MINUTE_MS, ...size }: SandboxOptions = {},
): Promise<Sandbox> {
  const folder = mkdtempSync(join(tmpdir(), 'pitlane-sandbox-'));
  const removeFolder = () => rmSync(folder, { recursive: true, force: true });
  process.once('exit', removeFolder);
  const kubeconfig = join(folder, 'kubeconfig');
  const env = { PITLANE_CONFIG: join(folder, 'pitlane.yaml') };
  writeFileSync(env.PITLANE_CONFIG, configOf(kubeconfig));
  const { cluster, traffic, bad, stop } = await openDockerCoins(seed, size);
  await cluster.writeKubeConfig(kubeconfig, NAMESPACE);
  const config = readConfig(env);
  // As a cluster admin grants them (docs/access.md).
  for (const object of rbacObjects(config)) cluster.api.create(`${object.kind.toLowerCase()}s`, object);

  const slack = await startFakeSlack({ token: TOKEN, joined: [OPS] });
  const events: LogFields[] = [];
  const log: Log = (_, fields) => events.push(fields);
  const inProgress = new Set<Promise<void>>();
  const api = (deadline: number) => slackApi({ token: () => TOKEN, apiUrl: slack.apiUrl, deadline, now });
  const open = house(env, undefined, now);
  const common = { house: () => open, slack: api, people: peopleIn({ slack: api, now }), now, editIntervalMs: 100 };
  const signingSecrets = () => [SIGNING_SECRET];
  const worker = workerHandler({ ...common, log, signingSecrets });
  const tick = tickHandler({ ...common, log: () => {} });
  const clock = startClock(() => tick({}, { getRemainingTimeInMillis: () => TICK_MS }), tickMs);
  const door = await serveFunctionUrl(
    slackHandler({
      signingSecrets,
      // Like an asynchronous invocation, this does not wait for the worker.
      async handOver(job) {
        const work = worker(job, { getRemainingTimeInMillis: () => WORKER_MS }).finally(() => inProgress.delete(work));
        inProgress.add(work);
      },
      log,
      now,
    }),
  );
  const personOf = (name: keyof typeof PEOPLE) => {
    const place = { name, user: PEOPLE[name], team: TEAM, channel: OPS };
    return new SlackPerson({ slack, signingSecret: SIGNING_SECRET, requestUrl: door.url, place });
  };
  const shared = {
    traffic,
    workspace: slack.workspace,
    commands: [...Object.keys(config.services), 'pitlane'].map((name) => `/${name}`),
    nameOf: (id: string) => (id === OPS ? 'ops' : (Object.entries(PEOPLE).find(([, user]) => user === id)?.[0] ?? id)),
  };
  const people = { you: personOf('you'), ada: personOf('ada'), eve: personOf('eve') };
  return {
    ...shared,
    bad,
    kubeconfig,
    people,
    playground: {
      ...shared,
      cluster,
      namespace: NAMESPACE,
      service: 'rng',
      bad: { name: bad, fault: BAD_FAULT },
      channel: OPS,
      people: (['you', 'ada', 'eve'] as const).map((name) => ({ name, role: ROLES[name], slack: people[name] })),
    },
    async settled() {
      await Promise.all(inProgress);
      return events.splice(0);
    },
    async close() {
      await clock.stop();
      await Promise.all(inProgress);
      await door.close();
      await slack.close();
      await stop();
      process.off('exit', removeFolder);
      removeFolder();
    },
  };
}

async function openDockerCoins(
  seed: number,
  { replicas = 4, nodes = 3, ratePerSecond = 100 }: Omit<SandboxOptions, 'now' | 'tickMs'>,
) {
  let cluster: EmbeddedCluster | undefined;
  const findServer: FindServer = (uid, port) => cluster?.kubelet?.endpoint(uid, port);
  let caller: ReturnType<typeof serviceCaller> | undefined;
  // DockerCoins' worker starts to call after `caller` is assigned.
  const apps = dockerCoinsApps({
    call: (...call) => caller?.call(...call) ?? Promise.reject(new Error('the cluster is still starting')),
    stop: () => caller?.stop(),
  });
  // The first pods start at once, later ones slowly enough to watch the progress.
  let startMs = 20;
  cluster = await startEmbeddedCluster({ seed, nodes, kubelet: { apps, startMs: () => startMs } });
  const { kubeConfig, api, kubelet } = cluster;
  // As a cluster admin installs it, so that a gate needs no restart.
  for (const object of await gatePolicy()) api.create(ADMISSION_RESOURCES[object.kind], object);
  caller = serviceCaller({ kubeConfig, findServer });
  await deployDockerCoins({ kubeConfig, namespace: NAMESPACE, rngReplicas: replicas });
  startMs = START_MS;
  const pods = api.list('pods', NAMESPACE).filter(({ metadata }) => metadata.labels?.app === 'rng');
  const names = pods.map(({ metadata }) => metadata.name).sort();
  const bad = names[seed % names.length] ?? '';
  kubelet?.fault(`${NAMESPACE}/${bad}`, BAD_FAULT);
  const traffic = await startTraffic({
    kubeConfig,
    namespace: NAMESPACE,
    service: 'rng',
    path: '/32',
    ratePerSecond,
    seed,
    findServer,
  });
  const stop = async () => {
    await traffic.stop();
    caller?.stop();
    await cluster?.stop();
  };
  return { cluster, traffic, bad, stop };
}
