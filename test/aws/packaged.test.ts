import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Context } from 'aws-lambda';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { RunbookAnswer } from '../../functions/runbook-answer.ts';
import type { slackHandler } from '../../functions/slack.ts';
import type { TickAnswer } from '../../functions/tick.ts';
import type { FunctionName } from '../../infra/bundle.ts';
import { parseConfig } from '../../pitlane/config/file.ts';
import { commandBody, signedRequest } from '../../sandbox/slack/deliveries.ts';
import { type FakeSlack, startFakeSlack } from '../../sandbox/slack/server.ts';
import { captureLog } from '../captured-log.ts';
import { askMoto } from './ask.ts';
import { type EdgeCluster, startEdgeCluster } from './edge-cluster.ts';
import { context, type Lambda, startLambda } from './lambda.ts';
import { type Moto, startMoto } from './moto.ts';

/** The archives of `npm run package`, with their secrets in AWS and their cluster on a real control plane. */

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'pitlane-aws-'));
const ADA = { user: 'U0ADA00000', team: 'T0SANDBOX0', channel: 'C0OPS00000' };
const CONFIG = `clusters: { edge: { secret: pitlane/edge } }
services: { rng: { cluster: edge, namespace: dockercoins } }
access: { operator: { users: [${ADA.user}], runbooks: true } }
deploy: { region: eu-west-1, secrets: pitlane/slack }
`;
const WORKER = 'pitlane-prod-worker';

interface Handlers {
  readonly slack: ReturnType<typeof slackHandler>;
  readonly worker: (event: unknown, context: Context) => Promise<void>;
  readonly runbook: (event: unknown, context: Context) => Promise<RunbookAnswer>;
  readonly tick: (event: object, context: Context) => Promise<TickAnswer>;
}

const [FIRST, SECOND] = ['signing-canary-1', 'signing-canary-2'];

let moto: Moto;
let edge: EdgeCluster;
let slack: FakeSlack;
let lambda: Lambda;
let handlers: Handlers;
let logged: readonly string[];
const before = { ...process.env };

beforeAll(async () => {
  const path = join(folder, 'pitlane.yaml');
  writeFileSync(path, CONFIG);
  const parsed = parseConfig(CONFIG, path);
  if (parsed.kind !== 'config') throw new Error(JSON.stringify(parsed));
  logged = captureLog();
  moto = await startMoto();
  edge = await startEdgeCluster(parsed.config);
  slack = await startFakeSlack({ token: 'xoxb-1', joined: [ADA.channel] });
  lambda = await startLambda(WORKER, () => handlers.worker);
  Object.assign(process.env, {
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'ASIATEST',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_SESSION_TOKEN: 'session',
    AWS_ENDPOINT_URL: moto.url,
    AWS_ENDPOINT_URL_LAMBDA: lambda.url,
    SLACK_API_URL: slack.apiUrl,
    WORKER_FUNCTION: WORKER,
  });
  const env = { ...process.env, PITLANE_CONFIG: path };
  const packed = spawnSync(process.execPath, [join(ROOT, 'infra/package.ts')], { encoding: 'utf8', env });
  if (packed.status !== 0) throw new Error(`${packed.stdout}${packed.stderr}`);
});

afterAll(async () => {
  vi.restoreAllMocks();
  process.env = before;
  await lambda?.close();
  await slack?.close();
  await edge?.close();
  await moto?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** New instances of all functions: each reads its secrets anew. */
function coldStart(instance: string): Handlers {
  const load = (name: FunctionName) => {
    const into = join(folder, instance);
    execFileSync('unzip', ['-q', '-o', join(ROOT, '.serverless', `${name}.zip`), '-d', into]);
    return createRequire(import.meta.url)(join(into, `dist/${name}/index.cjs`)).handler;
  };
  return { slack: load('slack'), worker: load('worker'), runbook: load('runbook'), tick: load('tick') };
}

async function store(kind: 'secret' | 'parameter', Name: string, value: string): Promise<void> {
  const ask = (service: string, target: string, input: object) => askMoto(moto, service, target, input);
  if (kind === 'parameter') {
    const input = { Name, Value: value, Type: 'SecureString', Overwrite: true };
    expect(await ask('ssm', 'AmazonSSM.PutParameter', input)).toMatchObject({ status: 200 });
    return;
  }
  const put = { SecretId: Name, SecretString: value };
  if ((await ask('secretsmanager', 'secretsmanager.PutSecretValue', put)).status === 200) return;
  const create = { Name, SecretString: value };
  expect(await ask('secretsmanager', 'secretsmanager.CreateSecret', create)).toMatchObject({ status: 200 });
}

interface PodList {
  readonly items: readonly {
    readonly metadata: {
      readonly name: string;
      readonly labels: Readonly<Record<string, string>>;
      readonly deletionTimestamp?: string;
    };
  }[];
}

const DRAINED = 'pitlane.dev/drained-from';

/** The names of pods of rng, which are not terminating. */
async function pods(): Promise<{ readonly serving: readonly string[]; readonly drained: readonly string[] }> {
  const { items } = await edge.cluster.http.granted<PodList>('GET', '/api/v1/namespaces/dockercoins/pods');
  const living = items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  const names = (of: PodList['items']) => of.map(({ metadata }) => metadata.name);
  return {
    serving: names(living.filter(({ metadata }) => metadata.labels.app === 'rng')),
    drained: names(living.filter(({ metadata }) => metadata.labels[DRAINED] === 'rng')),
  };
}

let typed = 0;

/** Types a slash command, and waits until the worker is through with it. */
async function type(line: string, secret: string): Promise<number | undefined> {
  typed += 1;
  const body = commandBody(line, ADA, `${typed}.2.3`, slack.responseUrl(ADA.channel, ADA.user));
  const { statusCode } = await handlers.slack(signedRequest(secret, body, Date.now()), context());
  await lambda.settled();
  return statusCode;
}

const restore = (pod: string) =>
  handlers.runbook({ command: 'restore', service: 'rng', pod, by: 'ci', confirm: true }, context());
const list = () => handlers.runbook({ command: 'list', service: 'rng', by: 'ci' }, context());

describe.each([
  ['a secret of Secrets Manager', 'secret', 'pitlane/slack', 'pitlane/slack'],
  ['a parameter of SSM', 'parameter', '/pitlane/slack', 'ssm:/pitlane/slack'],
] as const)("with Slack's secrets in %s and the kubeconfig in a secret", (_, kind, name, reference) => {
  const value = (signingSecret: string | string[], botToken: string) => JSON.stringify({ signingSecret, botToken });
  let login: Awaited<ReturnType<EdgeCluster['login']>>;

  beforeAll(async () => {
    login = await edge.login();
    slack.token = 'xoxb-1';
    process.env.SLACK_SECRETS = reference;
    await store(kind, name, value(FIRST, 'xoxb-1'));
    await store('secret', 'pitlane/edge', login.kubeconfig);
    handlers = coldStart(kind);
  });

  test('a slash command drains a pod, and a runbook restores it', async () => {
    const [pod = ''] = (await pods()).serving;
    expect(await type(`/rng drain ${pod} because 5xx`, FIRST)).toBe(200);
    expect((await pods()).drained).toEqual([pod]);
    expect(JSON.stringify(slack.workspace.messages.at(-1)?.blocks)).toContain(pod);

    expect(await restore(pod)).toMatchObject({ ok: true, outcome: 'done' });
    const after = await pods();
    expect(after.drained).toEqual([]);
    expect(after.serving).toContain(pod);
    expect(await handlers.tick({}, context())).toMatchObject({ ok: true, trouble: [] });
  });

  test('a new signing secret and a new token work with the next request, and the old secret while it is stored', async () => {
    slack.token = 'xoxb-2';
    await store(kind, name, value([SECOND, FIRST], 'xoxb-2'));
    const messages = slack.workspace.messages.length;
    const [pod = ''] = (await pods()).serving;
    // The functions still hold the first ones.
    expect(await type(`/rng drain ${pod} because rotated`, SECOND)).toBe(200);
    expect((await pods()).drained).toEqual([pod]);
    expect(slack.workspace.messages.length).toBeGreaterThan(messages);
    expect(await type('/rng list', FIRST)).toBe(200);
    expect(await type('/rng list', 'foreign')).toBe(401);
    expect(await restore(pod)).toMatchObject({ ok: true, outcome: 'done' });
  });

  test('a new kubeconfig works once the cluster refuses the old one, and no log line has a secret', async () => {
    expect(await list()).toMatchObject({ ok: true });
    const next = await edge.login();
    await login.revoke();
    await store('secret', 'pitlane/edge', next.kubeconfig);
    expect(await list()).toMatchObject({ ok: true });
    const tokens = [login, next].map(({ kubeconfig }) => /token: (\S+)/.exec(kubeconfig)?.[1] ?? 'none');
    for (const secret of [FIRST, SECOND, 'xoxb-', ...tokens])
      expect(logged.filter((line) => line.includes(secret))).toEqual([]);
    expect(logged.length).toBeGreaterThan(0);
  });
});
