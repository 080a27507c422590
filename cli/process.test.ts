import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type EmbeddedCluster, startEmbeddedCluster } from '@pitlane/embedded-cluster';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { deployDockerCoins } from '../sandbox/dockercoins/deploy.ts';

// Starts real processes through the launcher: signals, pipes, exit codes.
const PITLANE = fileURLToPath(new URL('pitlane.mjs', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'pitlane-process-'));
const kubeconfig = join(folder, 'kubeconfig');
let cluster: EmbeddedCluster;

beforeAll(async () => {
  cluster = await startEmbeddedCluster();
  await cluster.writeKubeConfig(kubeconfig);
  await deployDockerCoins({ kubeConfig: cluster.kubeConfig, rngReplicas: 4 });
}, 60_000);
afterAll(() => cluster.stop());

interface Result {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function start(args: readonly string[]): ChildProcess {
  return spawn(PITLANE, args, { cwd: folder, env: { ...process.env, KUBECONFIG: kubeconfig, HOME: folder } });
}

function end(child: ChildProcess): Promise<Result> {
  let [out, err] = ['', ''];
  child.stdout?.on('data', (data) => (out += data));
  child.stderr?.on('data', (data) => (err += data));
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, out, err })));
}

test('logs --follow ends on Ctrl-C with 130 and prints nothing more', async () => {
  const child = start(['-n', 'dockercoins', 'rng', 'logs', '-l', 'app=rng', '--follow']);
  const ended = end(child);
  await new Promise((resolve) => child.stdout?.once('data', resolve));
  child.kill('SIGINT');
  const { code, err } = await ended;
  expect({ code, err }).toEqual({ code: 130, err: '' });
});

test('a closed pipe ends the output without an error', () => {
  const line = `${PITLANE} -n dockercoins rng list -o json | head -n 1`;
  const env = { ...process.env, KUBECONFIG: kubeconfig };
  const piped = spawn('sh', ['-c', line], { cwd: folder, env });
  return expect(end(piped)).resolves.toEqual({ code: 0, out: '{\n', err: '' });
});

const kubectl = process.env.KUBECTL || 'kubectl';
const hasKubectl = spawnSync(kubectl, ['version', '--client']).status === 0;
test.skipIf(!hasKubectl)('works as a kubectl plugin and prints kubectl pitlane in its examples', async () => {
  symlinkSync(PITLANE, join(folder, 'kubectl-pitlane'));
  const env = { ...process.env, KUBECONFIG: kubeconfig, PATH: `${folder}${delimiter}${process.env.PATH}` };
  const asked = await end(spawn(kubectl, ['pitlane', 'rng', 'help', 'inspect'], { cwd: folder, env }));
  expect(asked.code).toBe(0);
  expect(asked.out).toContain('  kubectl pitlane rng inspect b85tm');
  const listed = await end(spawn(kubectl, ['pitlane', 'rng', 'list', '-n', 'dockercoins'], { cwd: folder, env }));
  expect({ code: listed.code, rows: listed.out.trimEnd().split('\n').length }).toEqual({ code: 0, rows: 6 });
});

test('returns the exit code and prints no stack trace', async () => {
  expect(await end(start(['rng', 'drian']))).toMatchObject({ code: 2, out: '' });
  const missing = await end(start(['rng', 'list', '-n', 'default']));
  expect(missing).toMatchObject({ code: 2, out: '' });
  expect(missing.err.trimEnd().split('\n')).toHaveLength(1);
});

test('prints the version of the package', async () => {
  expect(await end(start(['--version']))).toEqual({
    code: 0,
    err: '',
    out: expect.stringMatching(/^pitlane \d+\.\d+\.\d+\n$/),
  });
});
