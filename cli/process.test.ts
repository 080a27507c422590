import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CoreV1Api } from '@kubernetes/client-node';
import { type EmbeddedCluster, startEmbeddedCluster } from '@pitlane/embedded-cluster';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
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

test('list --watch shows a pod that is drained meanwhile, and ends on Ctrl-C with 130', async () => {
  const child = start(['-n', 'dockercoins', 'hasher', 'list', '-w']);
  const ended = end(child);
  await new Promise((resolve) => child.stdout?.once('data', resolve));
  const [pod] = cluster.api.list('pods', 'dockercoins').filter(({ metadata }) => metadata.name.startsWith('hasher-'));
  const drained = new Promise<void>((resolve) =>
    child.stdout?.on('data', (text) => /drained/.test(`${text}`) && resolve()),
  );
  await end(start(['-n', 'dockercoins', 'hasher', 'drain', pod?.metadata.name ?? '', '--force', '--yes']));
  await drained;
  child.kill('SIGINT');
  const { code, err } = await ended;
  expect({ code, err }).toEqual({ code: 130, err: '' });
});

test('a closed pipe ends the output without an error', () => {
  const line = `"${PITLANE}" -n dockercoins rng list -o json | head -n 1`;
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

const EVIL = '\u001b[2J\u001b[31mred\u0007 \u009b2J \u202etxet\u2066 \u200f\u061c end';

/** A pod whose log and image are out to deceive. */
async function deployEvil(): Promise<void> {
  const core = cluster.kubeConfig.makeApiClient(CoreV1Api);
  const namespace = 'dockercoins';
  await core.createNamespacedPod({
    namespace,
    body: {
      metadata: { name: 'evil-1', labels: { app: 'evil' } },
      spec: { containers: [{ name: 'evil', image: 'busybox', command: ['sh', '-c', `echo "${EVIL}"; sleep 600`] }] },
    },
  });
  const spec = { selector: { app: 'evil' }, ports: [{ port: 80 }] };
  await core.createNamespacedService({ namespace, body: { metadata: { name: 'evil' }, spec } });
}

describe('a log, a name and an error can not act on the screen', () => {
  beforeAll(deployEvil);
  const isActing = (text: string) => /[^\P{Cc}\n\t]|\p{Bidi_Control}/u.test(text);

  test.each([
    ['logs', []],
    ['logs', ['-o', 'json']],
    ['logs', ['-o', 'yaml']],
    ['evidence', ['-o', 'json']],
    ['evidence', ['-o', 'yaml']],
  ])('in %s %j', async (command, flags) => {
    const { code, out, err } = await end(start(['-n', 'dockercoins', 'evil', command, 'evil-1', ...flags]));
    expect({ code, acts: isActing(out + err), hasLog: out.includes('end') }).toEqual({
      code: 0,
      acts: false,
      hasLog: true,
    });
    if (flags.includes('json')) expect(JSON.stringify(JSON.parse(out))).toContain('\u202etxet');
  });

  test('in logs --follow', async () => {
    const child = start(['-n', 'dockercoins', 'evil', 'logs', 'evil-1', '--follow']);
    const ended = end(child);
    await new Promise((resolve) => child.stdout?.once('data', resolve));
    child.kill('SIGINT');
    const { out, err } = await ended;
    expect({ acts: isActing(out + err), hasLog: out.includes('end') }).toEqual({ acts: false, hasLog: true });
  });

  test.each([
    ['a usage error', ['rng', `dr${EVIL}`]],
    ['the name of a Service', ['-n', 'dockercoins', `a${EVIL}`, 'list']],
    ['the name of a pod', ['-n', 'dockercoins', 'rng', 'drain', `a${EVIL}`]],
    ['the name of a file', ['check', '--config', `/nowhere/${EVIL}`]],
    ['the name of a context', ['--context', EVIL, 'rng', 'list']],
  ])('in %s', async (_, args) => {
    const { code, out, err } = await end(start(args));
    expect({ code, out, acts: isActing(err), isSaid: err !== '' }).toEqual({
      code: 2,
      out: '',
      acts: false,
      isSaid: true,
    });
  });
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
