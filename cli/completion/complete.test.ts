import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type EmbeddedCluster, startEmbeddedCluster } from '@pitlane/embedded-cluster';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { deployDockerCoins } from '../../sandbox/dockercoins/deploy.ts';
import { run } from '../run.ts';
import type { Terminal } from '../terminal.ts';
import { SHELLS } from './scripts.ts';

const folder = mkdtempSync(join(tmpdir(), 'pitlane-completion-'));
const kubeconfig = join(folder, 'kubeconfig');
let cluster: EmbeddedCluster;
let pods: readonly string[];

beforeAll(async () => {
  cluster = await startEmbeddedCluster();
  await cluster.writeKubeConfig(kubeconfig);
  await deployDockerCoins({ kubeConfig: cluster.kubeConfig, rngReplicas: 4 });
  const all = cluster.api.list('pods', 'dockercoins').map(({ metadata }) => metadata.name);
  pods = all.filter((name) => name.startsWith('rng-')).sort();
});
afterAll(async () => {
  await cluster.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function ran(args: readonly string[], env: Terminal['env'] = { KUBECONFIG: kubeconfig }) {
  let [out, err] = ['', ''];
  const terminal: Terminal = {
    env: { HOME: folder, ...env },
    program: 'pitlane',
    user: 'ada',
    isScreen: false,
    canAsk: false,
    signal: new AbortController().signal,
    now: Date.now,
    out: (text) => (out += text),
    err: (text) => (err += text),
    ask: async () => undefined,
  };
  return { code: await run(args, terminal), out, err };
}

/** The words without their descriptions, and whether the shell may complete files. */
async function completed(line: readonly string[], env?: Terminal['env']) {
  const { code, out, err } = await ran(['__complete', ...line], env);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  const lines = out.trimEnd().split('\n');
  return { words: lines.slice(0, -1).map((each) => each.split('\t')[0]), ending: lines.at(-1) };
}

const IN = ['-n', 'dockercoins'];

describe('completes', () => {
  test.each<[string, readonly string[], readonly string[]]>([
    ['services of the namespace', [...IN, 'rn'], ['rng']],
    ['the service after the command', [...IN, 'drain', 'rn'], ['rng']],
    ['the service of a flag', [...IN, '--service', 'h'], ['hasher']],
    ['commands', [...IN, 'rng', 'dr'], ['drain', 'drained']],
    ['a command without a service', ['insp'], ['inspect']],
    ['the second word of a command', [...IN, 'rng', 'gate', ''], ['on', 'off']],
    ['commands that take no service', ['drained', ''], []],
    ['topics of the help', ['rng', 'help', 'fini'], ['finish']],
    ['flags of the command', [...IN, 'rng', 'drain', '--al'], ['--all-services']],
    ['flags of the door', [...IN, 'rng', 'list', '--kube'], ['--kubeconfig']],
    ['no flags of other commands', ['rng', 'list', '--because'], []],
    ['formats', ['rng', 'list', '-o', ''], ['table', 'wide', 'json', 'yaml']],
    ['the value of a flag with =', ['rng', 'list', '--output=js'], ['--output=json']],
    ['the value of a flag that bash split', ['rng', 'list', '--output', '=', 'js'], ['json']],
    ['namespaces', ['-n', 'docker'], ['dockercoins']],
    ['nodes', [...IN, 'rng', 'drain', '--node', 'node-'], ['node-1', 'node-2', 'node-3']],
    ['contexts', ['--context', 'pit'], ['pitlane-sandbox']],
    ['shells', ['completion', ''], SHELLS],
    ['no drained pod where none is', [...IN, 'rng', 'restore', ''], []],
    ['nothing for a service that does not exist', [...IN, 'nope', 'drain', ''], []],
  ])('%s', async (_, line, words) => {
    expect(await completed(line)).toEqual({ words, ending: ':4' });
  });

  test('the pods that the command accepts, and those that the line does not name yet', async () => {
    const [first = '', ...others] = pods;
    expect(pods).toHaveLength(4);
    expect(await completed([...IN, 'rng', 'drain', ''])).toEqual({ words: pods, ending: ':4' });
    expect(await completed([...IN, 'drain', 'rng', first, 'rng-'])).toEqual({ words: others, ending: ':4' });
    expect(await completed([...IN, '--service', 'rng', 'inspect', first.slice(0, -1)])).toMatchObject({
      words: [first],
    });
    expect(await completed([...IN, 'rng', 'inspect', first, ''])).toEqual({ words: [], ending: ':4' });
  });

  test('the services of the configuration', async () => {
    const config = join(folder, 'shop.yaml');
    const text = 'clusters: {lab: {kubeconfig: {}}}\nservices: {dice: {namespace: dockercoins, service: rng}}\n';
    writeFileSync(config, `${text}access: {}\n`);
    expect(await completed(['--config', config, 'd'])).toMatchObject({
      words: expect.arrayContaining(['dice', 'drain']),
    });
    expect(await completed(['--config', config, 'dice', 'drain', ''])).toEqual({ words: pods, ending: ':4' });
  });

  test('files for flags that name one', async () => {
    expect(await completed(['--kubeconfig', ''])).toEqual({ words: [], ending: ':0' });
  });
});

test.each([
  ['without a kubeconfig', { KUBECONFIG: '/nowhere' }],
  ['when the cluster does not answer', { KUBECONFIG: join(folder, 'refused') }],
])('completes nothing, without an error, %s', async (_, env) => {
  writeFileSync(join(folder, 'refused'), kubeconfigOf('http://127.0.0.1:9'));
  expect(await completed([...IN, 'rng', 'drain', ''], env)).toEqual({ words: [], ending: ':4' });
});

function kubeconfigOf(server: string): string {
  return JSON.stringify({
    'current-context': 'c',
    contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
    clusters: [{ name: 'c', cluster: { server } }],
    users: [{ name: 'u', user: {} }],
  });
}

test.each([
  [[], ['completion bash', 'completion zsh', 'completion fish']],
  [['tcsh'], ['completion bash', 'completion zsh', 'completion fish']],
  [['bash', 'now'], ['completion bash']],
])('explains completion %j', async (args, instead) => {
  const { code, out, err } = await ran(['completion', ...args]);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(err.trimEnd().split('\n').slice(1)).toEqual(instead.map((line) => `  pitlane ${line}`));
});

/** How each shell asks its completion what follows `pitlane rng drain --output=j` and `… rng dra`. */
const ASK: Readonly<Record<(typeof SHELLS)[number], string>> = {
  bash: `source <(pitlane completion bash)
    COMP_WORDS=(pitlane -n dockercoins rng dra) COMP_CWORD=4; _pitlane; echo "\${COMPREPLY[*]}"
    COMP_WORDS=(pitlane rng list --output = j) COMP_CWORD=5; _pitlane; echo "\${COMPREPLY[*]}"`,
  zsh: `compdef() { :; }; _describe() { print -- \${(P)3}; }
    source <(pitlane completion zsh)
    words=(pitlane -n dockercoins rng dra) CURRENT=5; _pitlane
    words=(pitlane rng list --output=j) CURRENT=4; _pitlane`,
  fish: `pitlane completion fish | source
    complete -C 'pitlane -n dockercoins rng dra' | string join ' '
    complete -C 'pitlane rng list --output=j' | string join ' '`,
};

describe.each(SHELLS)('in %s', (shell) => {
  const bin = join(folder, `bin-${shell}`);
  const hasShell = spawnSync(shell, ['-c', 'true']).status === 0;

  test.skipIf(!hasShell)('the script completes commands and values', () => {
    mkdirSync(bin, { recursive: true });
    const launcher = fileURLToPath(new URL('../pitlane.mjs', import.meta.url));
    writeFileSync(join(bin, 'pitlane'), `#!/bin/sh\nexec '${process.execPath}' '${launcher}' "$@"\n`, { mode: 0o755 });
    const env = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}`, KUBECONFIG: kubeconfig, HOME: folder };
    const { stdout, stderr } = spawnSync(shell, ['-c', ASK[shell]], { encoding: 'utf8', env, timeout: 60_000 });
    const [commands = '', formats = ''] = stdout.trim().split('\n');
    expect({ stderr, commands: commands.match(/\bdrain(ed)?\b/g)?.slice(0, 2) }).toEqual({
      stderr: '',
      commands: ['drain', 'drained'],
    });
    expect(formats).toMatch(/json$/);
  });
});
