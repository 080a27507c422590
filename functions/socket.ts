import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { peopleIn } from '../pitlane/chat/slack/people.ts';
import { ConfigUnusable } from '../pitlane/config/config.ts';
import { readConfig } from './config.ts';
import { slackApiUrl } from './environment.ts';
import { openHouse } from './house.ts';
import { logJson } from './log.ts';
import { slackClient } from './slack-client.ts';
import { slackSecrets } from './slack-secrets.ts';
import { openSocketDoor, type SocketDoor } from './socket-door.ts';

/**
 * `npm run dev`, and the container: Pitlane by Socket Mode, without AWS. Ctrl-C or SIGTERM ends it: it takes no more requests
 * and finishes what is in progress; a second one ends it at once.
 */

/** Less than the 60 s that Kubernetes gives the container (deploy/kubernetes/deployment.yaml). */
const PATIENCE_MS = 50_000;

interface Token {
  readonly variable: string;
  readonly prefix: string;
  readonly where: string;
}

const TOKENS: readonly Token[] = [
  {
    variable: 'SLACK_APP_TOKEN',
    prefix: 'xapp-',
    where: 'Basic Information, App-Level Tokens, Generate Token, with the scope connections:write',
  },
  {
    variable: 'SLACK_BOT_TOKEN',
    prefix: 'xoxb-',
    where: 'OAuth & Permissions, Bot User OAuth Token, after Install to Workspace',
  },
];

const unusable = TOKENS.flatMap(faultOf);
if (unusable.length > 0)
  fail([...unusable, 'The settings are at https://api.slack.com/apps. See docs/without-aws.md.']);
// Of an earlier container of the same pod.
mark('connected', false);
const keys = servicesOfConfig();
say('Connecting to Slack …');
const door = await open();
say(`Connected: ${keys.map((key) => `/${key}`).join(', ')} and /pitlane. Ctrl-C ends it.`);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, onSignal);
// Only a connection that can't be made again ends here: the client retries for long before it gives up.
process.on('unhandledRejection', (error) => fail([`The connection to Slack was lost: ${messageOf(error)}.`]));

function faultOf({ variable, prefix, where }: Token): readonly string[] {
  const value = process.env[variable] ?? '';
  if (value.startsWith(prefix)) return [];
  const what = value === '' ? 'is not set' : `does not begin with ${prefix}`;
  return [`${variable} ${what}. In the settings of the Slack app: ${where} (${prefix}…).`];
}

/** The mistakes of the configuration come before the first command. */
function servicesOfConfig(): readonly string[] {
  try {
    return Object.keys(readConfig(process.env).services);
  } catch (error) {
    if (error instanceof ConfigUnusable) return fail([error.message]);
    throw error;
  }
}

async function open(): Promise<SocketDoor> {
  const slack = slackClient(
    slackSecrets({ onStale: (error) => logJson('warn', { door: 'worker', event: 'secretNotRenewed', error }) }),
  );
  try {
    return await openSocketDoor({
      appToken: process.env.SLACK_APP_TOKEN ?? '',
      apiUrl: slackApiUrl(),
      house: () => openHouse('socket'),
      slack,
      people: peopleIn({ slack, now: Date.now }),
      log: logJson,
      now: Date.now,
      onTick: () => mark('alive', true),
      onConnection: (isConnected) => {
        mark('connected', isConnected);
        mark('alive', true);
      },
    });
  } catch (error) {
    return fail([
      `Slack refused the connection: ${messageOf(error)}. Check SLACK_APP_TOKEN, and Socket Mode in the settings of the app.`,
    ]);
  }
}

let isStopping = false;

async function onSignal(): Promise<void> {
  if (isStopping) return process.exit(1);
  isStopping = true;
  say('Stopping: no more requests are taken; those in progress are finished first.');
  const left = await door.stop(PATIENCE_MS);
  const still = left.length === 0 ? '' : ` Still in progress: ${left.join(', ')}. The next tick continues them.`;
  say(`Stopped.${still}`);
  process.exit(0);
}

/** Files for the probes of Kubernetes, which can't reach a port: there is none. */
function mark(name: 'alive' | 'connected', isSo: boolean): void {
  const folder = process.env.PITLANE_HEALTH_DIR;
  if (folder === undefined || folder === '') return;
  const file = join(folder, name);
  if (isSo) writeFileSync(file, new Date().toISOString());
  else rmSync(file, { force: true });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function say(sentence: string): void {
  console.error(sentence);
}

function fail(sentences: readonly string[]): never {
  for (const sentence of sentences) say(sentence);
  process.exit(2);
}
