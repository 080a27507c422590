import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EmbeddedCluster } from '@pitlane/embedded-cluster';
import type { Context } from 'aws-lambda';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { slackHandler } from '../../functions/slack.ts';
import type { FunctionName } from '../../infra/bundle.ts';
import { SCOPE_OF, slackApp } from '../../infra/slack-app.ts';
import { stateOfMessage } from '../../pitlane/chat/blocks/state.ts';
import { parseConfig } from '../../pitlane/config/file.ts';
import {
  actionBody,
  commandBody,
  homeBody,
  mentionBody,
  type Place,
  signedRequest,
} from '../../sandbox/slack/deliveries.ts';
import { render } from '../../sandbox/slack/terminal.ts';
import { context, type Lambda, startLambda } from '../aws/lambda.ts';
import { captureLog } from '../captured-log.ts';
import { ADMIN, type EmulatedSlack, startEmulatedSlack } from './emulated-slack.ts';
import { clustersOf, startPackaged } from './packaged.ts';

/** The packaged functions with an emulated Slack, which refuses each call without its scope. */
const SECRET = '8f742231b10e8888abcd99yyyzzz85a5';
const TOKEN = 'xoxb-strict';
const WORKER = 'pitlane-prod-worker';
const folder = mkdtempSync(join(tmpdir(), 'pitlane-scopes-'));
const CONFIG = `${clustersOf(folder)}services: { rng: { cluster: here, namespace: dockercoins, minReady: 1 } }
access: { operator: { everyone: true } }
deploy: { region: eu-west-1, secrets: pitlane/slack }
`;
/** The emulator has no user groups. */
const NOT_EMULATED = 'usergroups.users.list';
const METHODS = Object.entries(SCOPE_OF).filter(([method]) => method !== NOT_EMULATED);

const before = { ...process.env };
let cluster: EmbeddedCluster;
let slack: EmulatedSlack;
let lambda: Lambda;
let acknowledge: ReturnType<typeof slackHandler>;
let scopes: readonly string[];
/** All of Pitlane's scopes but the one of the method. */
const without = (scope: string) => scopes.filter((each) => each !== scope);

beforeAll(async () => {
  captureLog();
  const parsed = parseConfig(CONFIG, 'pitlane.yaml');
  if (parsed.kind !== 'config') throw new Error(JSON.stringify(parsed));
  scopes = slackApp(parsed.config, { kind: 'url', url: 'https://example.com/' }).oauth_config?.scopes?.bot ?? [];
  slack = await startEmulatedSlack(TOKEN, scopes, [scopes, ...Object.values(SCOPE_OF).map(without)]);
  cluster = await startPackaged(folder, CONFIG);
  const load = (name: FunctionName) => createRequire(import.meta.url)(join(folder, `dist/${name}/index.cjs`)).handler;
  const worker: (event: unknown, context: Context) => Promise<void> = load('worker');
  acknowledge = load('slack');
  lambda = await startLambda(WORKER, () => worker);
  Object.assign(process.env, {
    SLACK_SIGNING_SECRET: SECRET,
    SLACK_BOT_TOKEN: TOKEN,
    SLACK_API_URL: slack.apiUrl,
    WORKER_FUNCTION: WORKER,
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'ASIATEST',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_ENDPOINT_URL_LAMBDA: lambda.url,
  });
});

afterAll(async () => {
  vi.restoreAllMocks();
  process.env = before;
  await lambda?.close();
  await cluster?.stop();
  await slack?.close();
  rmSync(folder, { recursive: true, force: true });
});

let deliveries = 0;

/** Delivers to the function slack. Returns the calls that followed, each with the error of Slack if there was one. */
async function deliver(body: string, contentType?: string): Promise<readonly string[]> {
  const calls = slack.calls.length;
  expect(await acknowledge(signedRequest(SECRET, body, Date.now(), contentType), context())).toMatchObject({
    statusCode: 200,
  });
  await lambda.settled();
  return slack.calls.slice(calls).map(({ method, error }) => (error === undefined ? method : `${method}: ${error}`));
}

function event(): string {
  deliveries += 1;
  return `Ev${deliveries}`;
}

const mention = (text: string) => deliver(mentionBody(text, ADMIN, event(), Date.now()), 'application/json');
const type = (line: string, at: Place) => deliver(commandBody(line, at, event(), slack.responseUrl));

/** A pod of rng that is in rotation. */
function podOfRng(): string {
  const pods = cluster.api.list('pods', 'dockercoins').map(({ metadata }) => metadata);
  const serving = pods.find(
    ({ labels, deletionTimestamp }) => labels?.app === 'rng' && deletionTimestamp === undefined,
  );
  return serving?.name ?? '';
}

test('a mention is answered for one person, and everyone sees a drain with its evidence', async () => {
  const listed = await mention('rng list');
  expect(listed).toContain('users.info');
  expect(listed.at(-1)).toBe('chat.postEphemeral');
  const drained = await mention(`rng drain ${podOfRng()} because 5xx`);
  expect(drained[0]).toBe('chat.postMessage');
  expect(drained).toEqual(expect.arrayContaining(['chat.update', 'files.completeUploadExternal']));
});

test('in a private channel without the bot, the evidence of a drain goes to the person', async () => {
  const calls = await type(`/rng drain ${podOfRng()} because 5xx`, { ...ADMIN, channel: 'C0PRIVATE0' });
  expect(calls.filter((call) => call.includes(':'))).toEqual([
    'chat.postMessage: channel_not_found',
    'files.completeUploadExternal: channel_not_found',
  ]);
  expect(slack.responses.map(stateOfMessage)).toContain('done');
  expect(calls.slice(calls.indexOf('conversations.open'))).toEqual([
    'conversations.open',
    'files.getUploadURLExternal',
    'files.completeUploadExternal',
  ]);
});

test('the Home tab is published', async () => {
  expect(await deliver(homeBody(ADMIN, event(), Date.now()), 'application/json')).toEqual(['views.publish']);
});

test('a window asks for the reason of a picked pod', async () => {
  await type('/rng drain', ADMIN);
  const [pick] = render(slack.responses.at(-1)?.blocks ?? []).pressables;
  const { trigger_id: trigger } = await slack.ask(scopes, 'views.generateTriggerId', { user_id: ADMIN.user });
  const pressed = actionBody(pick as never, ADMIN, String(trigger), slack.responseUrl, '1.2');
  expect(await deliver(pressed)).toContain('views.open');
});

test.each(METHODS)('%s needs the scope %s of the manifest', async (method, scope) => {
  expect(await slack.ask(without(scope), method, { users: ADMIN.user })).toMatchObject({
    error: 'missing_scope',
    needed: scope,
  });
});

test('each method was called, and none was refused for its scope', () => {
  const called = new Set(slack.calls.map(({ method }) => method));
  for (const [method] of METHODS) expect(called).toContain(method);
  expect(slack.calls.filter(({ error }) => error === 'missing_scope')).toEqual([]);
});
