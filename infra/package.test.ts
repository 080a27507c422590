import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type EmbeddedCluster, startEmbeddedCluster } from '@pitlane/embedded-cluster';
import type { Context, ScheduledEvent } from 'aws-lambda';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { RunbookAnswer } from '../functions/runbook-answer.ts';
import type { slackHandler } from '../functions/slack.ts';
import type { TickAnswer } from '../functions/tick.ts';
import { stateOfMessage } from '../pitlane/chat/blocks/state.ts';
import type { Job } from '../pitlane/chat/job.ts';
import { type SignedJob, signJob } from '../pitlane/chat/signed-job.ts';
import { deployDockerCoins } from '../sandbox/dockercoins/deploy.ts';
import { commandBody, mentionBody, signedRequest } from '../sandbox/slack/deliveries.ts';
import { type FakeSlack, startFakeSlack } from '../sandbox/slack/server.ts';
import { render } from '../sandbox/slack/terminal.ts';
import { captureLog } from '../test/captured-log.ts';
import { grantRights } from '../test/grant-rights.ts';
import { type Bundle, bundle, FUNCTIONS, type FunctionName } from './bundle.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'pitlane-package-'));
const SECRET = '8f742231b10e8888abcd99yyyzzz85a5';
const ON_CALL = 'S0ONCALL00';
/** In the environment of the packager: none of them may go into a package. */
const CANARIES = { SLACK_SIGNING_SECRET: 'canary-signing-secret', SLACK_BOT_TOKEN: 'xoxb-canary-token' };
const ADA = { user: 'U0ADA00000', team: 'T0SANDBOX0', channel: 'C0OPS00000' };

const zip = (name: string) => join(ROOT, '.serverless', `${name}.zip`);
const digest = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex');
const entries = (name: string) =>
  execFileSync('unzip', ['-Z1', zip(name)], { encoding: 'utf8' })
    .trim()
    .split('\n');

function pack(config: string) {
  const path = join(folder, 'pitlane.yaml');
  writeFileSync(path, config);
  const { AWS_ACCESS_KEY_ID: _, AWS_SECRET_ACCESS_KEY: __, AWS_PROFILE: ___, ...env } = process.env;
  return spawnSync(process.execPath, [join(ROOT, 'infra/package.ts')], {
    encoding: 'utf8',
    env: { ...env, PITLANE_CONFIG: path, AWS_EC2_METADATA_DISABLED: 'true', ...CANARIES },
  });
}

let cluster: EmbeddedCluster;
let slack: FakeSlack;
let config: string;

beforeAll(async () => {
  cluster = await startEmbeddedCluster();
  slack = await startFakeSlack({ token: 'xoxb-packaged', joined: [ADA.channel] });
  const kubeconfig = join(folder, 'kubeconfig');
  await cluster.writeKubeConfig(kubeconfig);
  await deployDockerCoins({ kubeConfig: cluster.kubeConfig });
  slack.workspace.people.groups.set(ON_CALL, [ADA.user]);
  config = `clusters: { here: { kubeconfig: { path: ${kubeconfig} } } }
services: { rng: { cluster: here, namespace: dockercoins } }
access: { operator: { userGroups: [${ON_CALL}] }, admin: { runbooks: true } }
deploy: { region: eu-west-1, secrets: pitlane/slack }
`;
  grantRights(cluster.api, config, 'pitlane.yaml');
  const { status, stderr, stdout } = pack(config);
  if (status !== 0) throw new Error(`${stdout}${stderr}`);
});

afterAll(async () => {
  await slack?.close();
  await cluster?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** An event of an EventBridge schedule. */
const SCHEDULED: ScheduledEvent = {
  version: '0',
  id: '53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa',
  'detail-type': 'Scheduled Event',
  source: 'aws.events',
  account: '123456789012',
  time: '2026-11-24T03:12:00Z',
  region: 'eu-west-1',
  resources: ['arn:aws:events:eu-west-1:123456789012:rule/pitlane-prod-TickEventsRuleSchedule1-1X2Y3Z'],
  detail: {},
};

interface Properties extends Readonly<Record<string, unknown>> {
  readonly Environment?: { readonly Variables?: Readonly<Record<string, unknown>> };
}

interface Template {
  readonly Resources: Readonly<Record<string, { readonly Type: string; readonly Properties: Properties }>>;
}

const TEMPLATE = join(ROOT, '.serverless/cloudformation-template-update-stack.json');

function template(): Template {
  return JSON.parse(readFileSync(TEMPLATE, 'utf8')) as Template;
}

describe('the archives', () => {
  test('contain the handler file of their function, the libraries that it loads later, and nothing else', () => {
    const handlers = Object.values(template().Resources)
      .filter(({ Type }) => Type === 'AWS::Lambda::Function')
      .map(({ Properties }) => String(Properties.Handler));
    expect(handlers.sort()).toEqual(FUNCTIONS.map((name) => `dist/${name}/index.handler`).sort());
    for (const name of FUNCTIONS) {
      const files = name === 'slack' ? ['index'] : ['croner', 'index', 'js-yaml', 'socks'];
      expect(entries(name).sort()).toEqual(files.map((file) => `dist/${name}/${file}.cjs`));
    }
  });

  test('are small', () => {
    const kilobytes = Object.fromEntries(FUNCTIONS.map((name) => [name, statSync(zip(name)).size / 1024]));
    const { slack, ...others } = kilobytes;
    expect(slack).toBeLessThan(60);
    for (const size of Object.values(others)) expect(size).toBeLessThan(300);
  });

  test('are the same bytes in a second run', () => {
    const before = FUNCTIONS.map((name) => digest(zip(name)));
    expect(pack(config).status).toBe(0);
    expect(FUNCTIONS.map((name) => digest(zip(name)))).toEqual(before);
  });

  test('contain no secret of the environment, and neither does a template: only the name of the secret', () => {
    const unpacked = join(folder, 'searched');
    mkdirSync(unpacked);
    for (const name of FUNCTIONS) execFileSync('unzip', ['-q', '-o', zip(name), '-d', join(unpacked, name)]);
    const folders = [join(ROOT, '.serverless'), join(ROOT, 'dist'), unpacked];
    const holding = (text: string) =>
      spawnSync('grep', ['-rlaF', text, ...folders], { encoding: 'utf8' })
        .stdout.split('\n')
        .filter(Boolean);
    for (const canary of Object.values(CANARIES)) expect(holding(canary)).toEqual([]);
    expect(holding('pitlane/slack').map((file) => basename(file))).toContain(basename(TEMPLATE));
    const variables = Object.values(template().Resources)
      .filter(({ Type }) => Type === 'AWS::Lambda::Function')
      .flatMap(({ Properties }) => Object.keys(Properties.Environment?.Variables ?? {}));
    expect([...new Set(variables)].sort()).toEqual(['SLACK_API_URL', 'SLACK_SECRETS', 'WORKER_FUNCTION']);
  });

  test('are not built from an invalid configuration, whose line is reported', () => {
    const { status, stderr } = pack('clusters: { here: { kubeconfig: {} } }\nservices: { rng: { minRedy: 2 } }\n');
    expect(status).toBe(1);
    expect(stderr).toMatch(/pitlane\.yaml:2:\d+: .*"services\.rng\.minRedy"/);
  });
});

describe('the bundles', () => {
  let bundles: readonly Bundle[];
  beforeAll(async () => {
    bundles = await bundle({ clusters: {}, services: {} } as never, join(folder, 'bundles'));
  });

  const packages = (name: FunctionName) => {
    const inputs = Object.keys(bundles.find((each) => each.name === name)?.metafile.inputs ?? {});
    return new Set(inputs.map((path) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? 'own'));
  };

  test('keep the names of functions, for stack traces', () => {
    expect(readFileSync(join(folder, 'bundles/worker/index.cjs'), 'utf8')).toContain('function connectionTo(');
  });

  test('the Kubernetes client has no generated models and no API classes', () => {
    const generated = bundles
      .flatMap(({ metafile }) => Object.keys(metafile.inputs))
      .filter((path) => /client-node\/dist\/gen\/(models|apis|types)\//.test(path));
    expect(generated).toEqual([]);
  });

  test('the Slack function has none of bolt’s other receivers, and no client of Slack', () => {
    expect([...packages('slack')].sort()).toEqual(['@slack/bolt', '@slack/logger', 'own', 'tsscmp']);
  });

  test.each(['worker', 'tick', 'failed'] as const)(
    'the %s has only KubeConfig in its main file: its configuration was checked before, and Node’s own client sends requests',
    (name) => {
      expect([...packages(name)].sort()).toEqual(['@kubernetes/client-node', 'own', 'rfc4648']);
    },
  );

  test('the runbook has the small part of zod', () => {
    expect([...packages('runbook')].sort()).toEqual(['@kubernetes/client-node', 'own', 'rfc4648', 'zod']);
    const inputs = Object.keys(bundles.find(({ name }) => name === 'runbook')?.metafile.inputs ?? {});
    expect(inputs.filter((path) => path.includes('zod/v4/classic'))).toEqual([]);
  });
});

describe('the IAM roles', () => {
  test("let the Slack function only write its log, read Slack's secrets and invoke the worker", () => {
    const role = JSON.stringify(template().Resources.SlackRole);
    expect(role.match(/"[a-z0-9]+:[A-Z][A-Za-z]+"/g)).toEqual([
      '"sts:AssumeRole"',
      '"logs:CreateLogStream"',
      '"logs:PutLogEvents"',
      '"secretsmanager:GetSecretValue"',
      '"lambda:InvokeFunction"',
    ]);
    expect(role).toContain('function:pitlane-prod-worker');
    expect(role).toContain('secret:pitlane/slack-??????');
  });

  test("let the tick, which runs each minute, only write its log and read Slack's secrets", () => {
    const resources = template().Resources;
    const rules = Object.values(resources).filter(({ Type }) => Type === 'AWS::Events::Rule');
    expect(rules).toHaveLength(1);
    expect(rules[0]?.Properties).toMatchObject({
      ScheduleExpression: 'rate(1 minute)',
      State: 'ENABLED',
      Targets: [{ Arn: { 'Fn::GetAtt': ['TickLambdaFunction', 'Arn'] } }],
    });
    const role = JSON.stringify(resources.TickRole);
    expect(role.match(/"[a-z0-9]+:[A-Z][A-Za-z]+"/g)).toEqual([
      '"sts:AssumeRole"',
      '"logs:CreateLogStream"',
      '"logs:PutLogEvents"',
      '"secretsmanager:GetSecretValue"',
    ]);
    expect(role).toContain('log-group:/aws/lambda/pitlane-prod-tick:*');
  });

  test('are one per function, and Lambda never retries worker and tick', () => {
    const resources = template().Resources;
    const roles = Object.values(resources)
      .filter(({ Type }) => Type === 'AWS::Lambda::Function')
      .map(({ Properties }) => JSON.stringify(Properties.Role));
    expect(new Set(roles).size).toBe(FUNCTIONS.length);
    const invoked = Object.values(resources).filter(({ Type }) => Type === 'AWS::Lambda::EventInvokeConfig');
    const named = (name: string) =>
      invoked.filter(({ Properties }) => JSON.stringify(Properties.FunctionName).includes(name));
    expect(invoked).toHaveLength(3);
    for (const { Properties } of [...named('TickLambdaFunction'), ...named('WorkerLambdaFunction')])
      expect(Properties).toMatchObject({ MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 });
  });
});

interface JournalMap {
  readonly data: { readonly drains: string };
}

describe('the packaged handlers', () => {
  const context = { awsRequestId: 'a-1', getRemainingTimeInMillis: () => 60_000 } as Context;
  let lambda: Server;
  let worker: (event: unknown, context: Context) => Promise<void>;
  let slackFunction: ReturnType<typeof slackHandler>;
  let runbook: (event: unknown, context: Context) => Promise<RunbookAnswer>;
  let tick: (event: ScheduledEvent | object, context: Context) => Promise<TickAnswer>;
  let failed: (event: object, context: Context) => Promise<void>;
  const work: Promise<void>[] = [];
  const handedOver: SignedJob[] = [];
  const before = { ...process.env };
  let logged: readonly string[];

  beforeAll(async () => {
    logged = captureLog();
    const load = (name: FunctionName) => {
      execFileSync('unzip', ['-q', '-o', zip(name), '-d', join(folder, 'unpacked')]);
      return createRequire(import.meta.url)(join(folder, `unpacked/dist/${name}/index.cjs`)).handler;
    };
    expect(pack(config).status).toBe(0);
    worker = load('worker');
    slackFunction = load('slack');
    runbook = load('runbook');
    tick = load('tick');
    failed = load('failed');
    lambda = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const isSigned = /^AWS4-HMAC-SHA256 Credential=ASIATEST\//.test(request.headers.authorization ?? '');
      const isRight = request.url === '/2015-03-31/functions/pitlane-prod-worker/invocations' && isSigned;
      response.writeHead(isRight ? 202 : 403).end();
      if (!isRight) return;
      const job = JSON.parse(Buffer.concat(chunks).toString());
      handedOver.push(job);
      work.push(worker(job, context));
    });
    await new Promise<void>((resolve) => lambda.listen(0, '127.0.0.1', resolve));
    Object.assign(process.env, {
      SLACK_SIGNING_SECRET: SECRET,
      SLACK_BOT_TOKEN: 'xoxb-packaged',
      SLACK_API_URL: slack.apiUrl,
      WORKER_FUNCTION: 'pitlane-prod-worker',
      AWS_LAMBDA_FUNCTION_NAME: 'pitlane-prod-worker',
      AWS_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: 'ASIATEST',
      AWS_SECRET_ACCESS_KEY: 'secret',
      AWS_SESSION_TOKEN: 'session',
      AWS_ENDPOINT_URL_LAMBDA: `http://127.0.0.1:${(lambda.address() as AddressInfo).port}`,
    });
  });

  afterAll(() => {
    vi.restoreAllMocks();
    process.env = before;
    lambda?.close();
  });

  /** The pods that are not terminating. */
  const pods = () =>
    cluster.api
      .list('pods', 'dockercoins')
      .filter(({ metadata }) => metadata.name.startsWith('rng-') && metadata.deletionTimestamp === undefined);

  test('drain a pod from Slack, remind of it and restore it from a runbook', async () => {
    const [pod] = pods();
    const name = pod?.metadata.name ?? '';
    const body = commandBody(`/rng drain ${name} because 5xx`, ADA, '1.2.3', slack.responseUrl(ADA.channel, ADA.user));
    expect(await slackFunction(signedRequest(SECRET, body, Date.now()), context)).toMatchObject({
      statusCode: 200,
      body: '',
    });
    await Promise.all(work);
    const [message] = slack.workspace.messages;
    expect(render(message?.blocks ?? []).lines[0]).toContain(name);
    const drained = pods().find(({ metadata }) => metadata.uid === pod?.metadata.uid);
    expect(drained?.metadata.labels).toMatchObject({ 'pitlane.dev/drained-from': 'rng' });
    expect(drained?.metadata.ownerReferences ?? []).toEqual([]);
    expect(pods()).toHaveLength(5);

    // Lets its time expire.
    const key = 'pitlane.dev/drain';
    const record = { ...JSON.parse(drained?.metadata.annotations?.[key] ?? ''), until: new Date(0).toISOString() };
    const change = { metadata: { annotations: { [key]: JSON.stringify(record) } } };
    cluster.api.mergePatch('pods', 'dockercoins', name, change as never);
    const { drains } = (cluster.api.get('configmaps', 'dockercoins', 'pitlane-rng') as unknown as JournalMap).data;
    const items = JSON.parse(drains).items.map((note: object) => ({ ...note, until: 0 }));
    const journal = { data: { drains: JSON.stringify({ v: 2, items }) } };
    cluster.api.mergePatch('configmaps', 'dockercoins', 'pitlane-rng', journal as never);
    expect(await tick(SCHEDULED, context)).toEqual({
      ok: true,
      namespaces: 1,
      did: [expect.stringContaining(name)],
      trouble: [],
    });
    const reminder = slack.workspace.messages.at(-1);
    expect(reminder?.thread).toBe(message?.ts);
    expect(render(reminder?.blocks ?? []).lines[0]).toMatch(/^@U0ADA00000: /);

    const answer = await runbook({ command: 'restore', service: 'rng', pod: name, by: 'ci', confirm: true }, context);
    expect(answer).toMatchObject({ ok: true, outcome: 'done', operation: { pod: { name } } });
    expect(pods()).toHaveLength(4);
    expect(await tick(SCHEDULED, context)).toEqual({ ok: true, namespaces: 1, did: [], trouble: [] });
  });

  test('answer a mention', async () => {
    const body = mentionBody('rng list', ADA, 'Ev0PACKAGED', Date.now());
    const before = slack.calls.length;
    const answer = await slackFunction(signedRequest(SECRET, body, Date.now(), 'application/json'), context);
    expect(answer.statusCode).toBe(200);
    await Promise.all(work);
    const job = JSON.parse(handedOver.at(-1)?.job ?? '') as Job;
    expect(job).toMatchObject({ kind: 'request', request: { command: 'list', service: 'rng' } });
    expect(slack.calls.slice(before)).toContain('chat.postEphemeral');
  });

  test('carry out a list of steps, check a cron expression, and name the mistakes of a runbook', async () => {
    const [pod] = pods();
    const inspect = { command: 'inspect', pod: pod?.metadata.name };
    const list = { service: 'rng', by: 'ci', steps: [{ command: 'list' }, inspect] };
    expect(await runbook(list, context)).toMatchObject({ ok: true, outcome: 'steps', state: 'done' });
    const schedule = { command: 'schedule add', service: 'rng', by: 'ci', cron: '99 9 * * *', does: 'disable' };
    const refused = await runbook({ ...schedule, selector: 'app=rng', requestId: 'schedule' }, context);
    expect(refused.checks?.map(({ code }) => code)).toContain('InvalidCron');
    const wrong = { command: 'drain', service: 'rng', by: '', pods: ['-'], forever: true };
    expect(await runbook(wrong, context)).toMatchObject({
      ok: false,
      outcome: 'invalidInput',
      message: expect.stringMatching(/by: .*pods\.0: .*forever/s),
    });
  });

  test('tell what the journal says of a request during which the worker died', async () => {
    const [drain] = handedOver;
    const job = JSON.parse(drain?.job ?? '') as Job;
    const never = signJob({ ...job, asker: { ...job.asker, requestId: 'never' } } as Job, SECRET, Date.now());
    const tell = async (requestPayload: unknown) => {
      await failed({ requestContext: { condition: 'RetriesExhausted' }, requestPayload }, context);
      return stateOfMessage(slack.workspace.messages.at(-1) ?? {});
    };
    expect([await tell(drain), await tell(never)]).toEqual(['stopped', 'notRun']);
  });

  test('refuse a job that the Slack function did not sign, and orders to the tick', async () => {
    const asker = { userId: ADA.user, teamId: ADA.team, channel: ADA.channel, requestId: '9.9.9', address: '/rng' };
    const [pod] = pods();
    const request = { command: 'drain', service: 'rng', pods: [pod?.metadata.name], dryRun: false, force: true };
    const before = [slack.workspace.messages.length, pods().length];
    await worker({ kind: 'request', request, asker }, context);
    expect([slack.workspace.messages.length, pods().length]).toEqual(before);
    expect(await tick({ command: 'finish' }, context)).toMatchObject({ ok: false, namespaces: 0 });
  });

  test('reject an unsigned request', async () => {
    expect(await slackFunction({ body: 'command=/rng&text=list' }, context)).toEqual({ statusCode: 401, body: '' });
  });

  test('log one line for each operation and each cold start, with metrics and without secrets', () => {
    const lines = logged.map((line) => JSON.parse(line));
    const where = { cluster: 'here', namespace: 'dockercoins', service: 'rng', level: 'INFO', outcome: 'done' };
    expect(lines.filter(({ event }) => event === 'operation')).toMatchObject([
      { ...where, door: 'worker', command: 'drain', outOfEndpointsMs: expect.any(Number), readyMs: expect.any(Number) },
      { ...where, door: 'runbook', command: 'restore', operations: 1, failures: 0, stage: 'prod', _aws: {} },
      { ...where, door: 'runbook', command: 'schedule add', outcome: 'refusal', refusals: 1 },
    ]);
    const started = lines.filter(({ event }) => event === 'coldStart');
    expect(started.map(({ door }) => door).sort()).toEqual([...FUNCTIONS].sort());
    for (const { coldStartMs } of started) expect(coldStartMs).toBeGreaterThan(0);
    expect(logged.filter((line) => /8f742231|xoxb-/.test(line))).toEqual([]);
  });
});
