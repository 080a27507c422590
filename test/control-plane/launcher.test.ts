import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { ensureControlPlane } from './build.ts';
import { isAlive } from './processes.ts';

const main = join(import.meta.dirname, 'main.ts');

let dir: string;

beforeAll(async () => {
  await ensureControlPlane();
  dir = await mkdtemp(join(tmpdir(), 'pitlane-launcher-'));
});

afterAll(() => rm(dir, { recursive: true, force: true }));

/** Starts `npm run cluster:real` and waits until its cluster can be used. */
async function launch(kubeconfig: string) {
  const launcher = spawn(process.execPath, [main, '--kubeconfig', kubeconfig], { stdio: 'ignore' });
  const pid = launcher.pid ?? 0;
  await vi.waitFor(() => expect(existsSync(kubeconfig)).toBe(true), { timeout: 110_000, interval: 100 });
  return { launcher, pid, programs: childrenOf(pid) };
}

function childrenOf(parent: number): number[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n');
  return lines
    .map((line) => line.trim().split(/\s+/).map(Number))
    .flatMap(([pid = 0, ppid]) => (ppid === parent ? [pid] : []));
}

const stateDirsOf = async (pid: number) =>
  (await readdir(tmpdir())).filter((name) => name.startsWith(`pitlane-control-plane-${pid}-`));

test.each(['SIGINT', 'SIGTERM'] as const)('%s ends the cluster and removes its files', async (signal) => {
  const kubeconfig = join(dir, signal);
  const { launcher, pid, programs } = await launch(kubeconfig);
  expect(programs).toHaveLength(4);
  expect(await stateDirsOf(pid)).toHaveLength(1);
  launcher.kill(signal);
  expect(await once(launcher, 'exit')).toEqual([0, null]);
  expect(programs.filter(isAlive)).toEqual([]);
  expect(await stateDirsOf(pid)).toEqual([]);
  expect(existsSync(kubeconfig)).toBe(false);
});

test('a killed launcher leaves no process, and the next start removes its files', async () => {
  const killed = await launch(join(dir, 'killed'));
  killed.launcher.kill('SIGKILL');
  await vi.waitFor(() => expect(killed.programs.filter(isAlive)).toEqual([]), { timeout: 60_000, interval: 100 });
  expect(await stateDirsOf(killed.pid)).toHaveLength(1);

  const next = await launch(join(dir, 'next'));
  expect(await stateDirsOf(killed.pid)).toEqual([]);
  next.launcher.kill('SIGTERM');
  await once(next.launcher, 'exit');
});

test('the launcher does not overwrite the kubeconfig of another cluster', async () => {
  const foreign = join(dir, 'foreign');
  await writeFile(foreign, 'current-context: production\n');
  const launcher = spawn(process.execPath, [main, '--kubeconfig', foreign], { stdio: ['ignore', 'ignore', 'pipe'] });
  const stderr = launcher.stderr.setEncoding('utf8').toArray();
  expect(await once(launcher, 'exit')).toEqual([2, null]);
  expect((await stderr).join('')).toBe(`${foreign} exists and is not from this command; name another file.\n`);
});
