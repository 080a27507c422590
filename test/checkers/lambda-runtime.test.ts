import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EmbeddedCluster } from '@pitlane/embedded-cluster';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FUNCTIONS, type FunctionName } from '../../infra/bundle.ts';
import { stateOfMessage } from '../../pitlane/chat/blocks/state.ts';
import { commandBody, signedRequest } from '../../sandbox/slack/deliveries.ts';
import { type FakeSlack, startFakeSlack } from '../../sandbox/slack/server.ts';
import { type Lambda, startLambda } from '../aws/lambda.ts';
import { type LambdaFunction, startFunction } from './lambda-function.ts';
import { clustersOf, startPackaged } from './packaged.ts';
import { runtimeClient } from './programs.ts';

/** The archives of `npm run package` in AWS' own runtime client, which runs them in Lambda. */
const client = await runtimeClient();

const SECRET = '8f742231b10e8888abcd99yyyzzz85a5';
const TOKEN = 'xoxb-runtime';
const ADA = { user: 'U0ADA00000', team: 'T0SANDBOX0', channel: 'C0OPS00000' };

describe.skipIf(client === undefined)("in AWS' runtime client", () => {
  const folder = mkdtempSync(join(tmpdir(), 'pitlane-runtime-'));
  let cluster: EmbeddedCluster;
  let slack: FakeSlack;
  let lambda: Lambda;
  let functions: Record<FunctionName, LambdaFunction>;
  let env: Record<string, string>;
  /** What the function `slack` has handed over. */
  const jobs: unknown[] = [];

  const start = (name: FunctionName, given = env) => startFunction({ client: client ?? '', folder, name, env: given });

  beforeAll(async () => {
    slack = await startFakeSlack({ token: TOKEN, joined: [ADA.channel] });
    const config = `${clustersOf(folder)}services: { rng: { cluster: here, namespace: dockercoins } }
access: { operator: { users: [${ADA.user}], runbooks: true } }
deploy: { region: eu-west-1, secrets: pitlane/slack }
`;
    cluster = await startPackaged(folder, config);
    lambda = await startLambda('pitlane-prod-worker', () => async (job) => {
      jobs.push(job);
      expect(await functions.worker.invoke(job)).toEqual({ answer: null });
    });
    env = {
      SLACK_SIGNING_SECRET: SECRET,
      SLACK_BOT_TOKEN: TOKEN,
      SLACK_API_URL: slack.apiUrl,
      WORKER_FUNCTION: 'pitlane-prod-worker',
      AWS_ENDPOINT_URL_LAMBDA: lambda.url,
    };
    const started = FUNCTIONS.map(async (name) => [name, await start(name)] as const);
    functions = Object.fromEntries(await Promise.all(started)) as typeof functions;
  });

  afterAll(async () => {
    await Promise.all(Object.values(functions ?? {}).map((each) => each.stop()));
    await lambda?.close();
    await slack?.close();
    await cluster?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function type(line: string, triggerId: string): Promise<void> {
    const body = commandBody(line, ADA, triggerId, slack.responseUrl(ADA.channel, ADA.user));
    const ended = await functions.slack.invoke(signedRequest(SECRET, body, Date.now()));
    expect(ended).toMatchObject({ answer: { statusCode: 200, body: '' } });
    await lambda.settled();
  }

  const states = () => slack.workspace.messages.map(stateOfMessage);
  const pods = () =>
    cluster.api.list('pods', 'dockercoins').filter(({ metadata: { name, deletionTimestamp } }) => {
      return name.startsWith('rng-') && deletionTimestamp === undefined;
    });

  test('a slash command drains a pod, a runbook restores it, and a tick has nothing to do', async () => {
    const [pod] = pods();
    const { name = '', uid } = pod?.metadata ?? {};
    await type(`/rng drain ${name} because 5xx`, '1.1.1');
    expect(states()).toContain('done');
    const drained = pods().find(({ metadata }) => metadata.uid === uid);
    expect(drained?.metadata.labels).toMatchObject({ 'pitlane.dev/drained-from': 'rng' });

    const restore = { command: 'restore', service: 'rng', pod: name, by: 'ci', confirm: true };
    expect(await functions.runbook.invoke(restore)).toMatchObject({ answer: { ok: true, outcome: 'done' } });
    expect(await functions.tick.invoke({})).toMatchObject({ answer: { ok: true, did: [], trouble: [] } });
  });

  test('the same process takes the next command', async () => {
    const messages = slack.workspace.messages.length;
    await type('/rng list', '2.2.2');
    await type('/rng operations', '3.3.3');
    expect(slack.workspace.messages.length).toBeGreaterThanOrEqual(messages + 2);
  });

  test('the function failed tells the person what became of a request', async () => {
    const requestContext = { condition: 'RetriesExhausted' };
    expect(await functions.failed.invoke({ requestContext, requestPayload: jobs[0] })).toEqual({ answer: null });
    expect(states().at(-1)).toBe('stopped');
  });

  test('an unsigned request, and a job and an order of strangers, are refused', async () => {
    const [messages, before] = [slack.workspace.messages.length, JSON.stringify(pods())];
    const unsigned = { body: 'command=/rng&text=list' };
    expect(await functions.slack.invoke(unsigned)).toEqual({ answer: { statusCode: 401, body: '' } });
    expect(await functions.worker.invoke({ kind: 'request' })).toEqual({ answer: null });
    expect(await functions.tick.invoke({ command: 'finish' })).toMatchObject({ answer: { ok: false } });
    expect([slack.workspace.messages.length, JSON.stringify(pods())]).toEqual([messages, before]);
  });

  test('a worker that can not read its secret fails, so that Lambda invokes the function failed', async () => {
    const { SLACK_SIGNING_SECRET: _, ...without } = env;
    const worker = await start('worker', without);
    expect(await worker.invoke(jobs[0])).toMatchObject({ error: { errorType: expect.stringMatching(/Error$/) } });
    await worker.stop();
  });

  test('the log is JSON with a timestamp and a level, has the metrics of each cold start, and no secret', () => {
    const lines = Object.values(functions).flatMap(({ logged }) => logged);
    const logged = lines.map((line) => JSON.parse(line));
    for (const line of logged)
      expect(line).toMatchObject({
        timestamp: expect.stringMatching(/^\d{4}-/),
        level: expect.stringMatching(/^(INFO|WARN|ERROR)$/),
      });
    const coldStarts = logged.filter(({ event }) => event === 'coldStart');
    expect(coldStarts.map(({ door }) => door).sort()).toEqual([...FUNCTIONS].sort());
    for (const line of coldStarts) expect(line).toHaveProperty('_aws.CloudWatchMetrics');
    expect(lines.filter((line) => line.includes(SECRET) || line.includes(TOKEN))).toEqual([]);
  });
});
