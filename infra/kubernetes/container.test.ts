import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, watch, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EmbeddedCluster, startEmbeddedCluster } from '@pitlane/embedded-cluster';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { stateOfMessage } from '../../pitlane/chat/blocks/state.ts';
import { deployDockerCoins } from '../../sandbox/dockercoins/deploy.ts';
import { commandBody, homeBody } from '../../sandbox/slack/deliveries.ts';
import { type FakeSlack, startFakeSlack } from '../../sandbox/slack/server.ts';
import { type SocketMode, startSocketMode } from '../../sandbox/slack/socket-mode.ts';
import { grantRights } from '../../test/grant-rights.ts';
import { bundleSocket } from '../bundle.ts';

/** The file that the image runs, as a process without this repository's node_modules. */
const folder = mkdtempSync(join(tmpdir(), 'pitlane-container-'));
const health = join(folder, 'health');
const ADA = { user: 'U0ADA00000', team: 'T0SANDBOX0', channel: 'C0OPS00000' };

let cluster: EmbeddedCluster;
let slack: FakeSlack;
let socket: SocketMode;
let file: string;
let running: ChildProcess;
let said = '';

beforeAll(async () => {
  ({ file } = await bundleSocket(folder));
  mkdirSync(health);
  cluster = await startEmbeddedCluster();
  slack = await startFakeSlack({ token: 'xoxb-container', appToken: 'xapp-container', joined: [ADA.channel] });
  socket = await startSocketMode(slack);
  const kubeconfig = join(folder, 'kubeconfig');
  await cluster.writeKubeConfig(kubeconfig);
  await deployDockerCoins({ kubeConfig: cluster.kubeConfig });
  const configFile = join(folder, 'pitlane.yaml');
  const config = `clusters: { here: { kubeconfig: { path: ${kubeconfig} } } }
services: { rng: { namespace: dockercoins } }
access: { operator: { users: [${ADA.user}] } }
`;
  writeFileSync(configFile, config);
  grantRights(cluster.api, config, configFile);
  running = start();
  await socket.untilConnected(1);
});

afterAll(async () => {
  running?.kill('SIGKILL');
  await socket?.close();
  await slack?.close();
  await cluster?.stop();
  rmSync(folder, { recursive: true, force: true });
});

function start(env: NodeJS.ProcessEnv = {}): ChildProcess {
  const child = spawn(process.execPath, [file], {
    cwd: folder,
    env: {
      PITLANE_CONFIG: 'pitlane.yaml',
      PITLANE_HEALTH_DIR: health,
      SLACK_APP_TOKEN: 'xapp-container',
      SLACK_BOT_TOKEN: 'xoxb-container',
      SLACK_API_URL: slack.apiUrl,
      ...env,
    },
  });
  child.stderr?.on('data', (data) => {
    said += data;
  });
  return child;
}

const command = (line: string) => {
  const url = slack.responseUrl(ADA.channel, ADA.user);
  return Object.fromEntries(new URLSearchParams(commandBody(line, ADA, slack.workspace.triggerId(), url)));
};

/** Waits for a change in Slack after which it holds. */
async function inSlack(holds: () => boolean): Promise<void> {
  await new Promise<void>((resolve) => {
    const look = () => holds() && resolve();
    slack.workspace.onChange(look);
    look();
  });
}

/** Waits until a file of the probes is there, or gone. */
async function untilMarked(name: string, isThere: boolean): Promise<void> {
  const changes = watch(health);
  while (existsSync(join(health, name)) !== isThere) await once(changes, 'change');
  changes.close();
}

const states = () => slack.workspace.messages.map((message) => stateOfMessage(message));

test('drains a pod by a command, shows it on the Home tab, and plans to undo it over the next connection', async () => {
  await untilMarked('connected', true);
  const pod = cluster.api.list('pods', 'dockercoins').find(({ metadata }) => metadata.name.startsWith('rng-'));
  const name = pod?.metadata.name ?? '';
  const drain = command(`/rng drain ${name} because 5xx`);
  // Slack delivers an envelope again if it misses the acknowledgement.
  for (const _ of [1, 2]) await socket.deliver('slash_commands', drain);
  await inSlack(() => states().includes('done'));
  const labels = () => cluster.api.get('pods', 'dockercoins', name)?.metadata.labels;
  expect(labels()).toMatchObject({ 'pitlane.dev/drained-from': 'rng' });

  await socket.deliver('events_api', JSON.parse(homeBody(ADA, 'Ev0HOME', Date.now())));
  const homeOf = () => JSON.stringify(slack.workspace.homes.get(ADA.user) ?? '');
  await expect.poll(homeOf, { timeout: 50_000 }).toContain(name);

  socket.refresh();
  await untilMarked('connected', false);
  await socket.untilConnected(2);
  await untilMarked('connected', true);
  await socket.deliver('slash_commands', command(`/rng undo ${name} --dry-run`));
  await inSlack(() => states().includes('dryRun'));
  expect(states().filter((state) => state === 'done')).toHaveLength(1);
});

test('SIGTERM ends it with 0 and a sentence, and takes the mark of the connection away', async () => {
  const ended = once(running, 'exit');
  running.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
  expect(said).toContain('Stopped.');
  expect(existsSync(join(health, 'connected'))).toBe(false);
  expect(existsSync(join(health, 'alive'))).toBe(true);
});

test.each([
  ['without a token', { SLACK_APP_TOKEN: '' }, 'SLACK_APP_TOKEN is not set'],
  ['with the tokens exchanged', { SLACK_BOT_TOKEN: 'xapp-container' }, 'SLACK_BOT_TOKEN does not begin with xoxb-'],
  ['with a token that Slack refuses', { SLACK_APP_TOKEN: 'xapp-wrong' }, 'Slack refused the connection'],
  ['without a configuration', { PITLANE_CONFIG: 'none.yaml' }, "Can't read the configuration none.yaml"],
])('it ends with 2 and a sentence %s', async (_, env, sentence) => {
  said = '';
  const child = start(env);
  expect(await once(child, 'close')).toEqual([2, null]);
  expect(said).toContain(sentence);
});
