import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test, vi } from 'vitest';

const main = join(import.meta.dirname, 'embedded-cluster.ts');
const folder = mkdtempSync(join(tmpdir(), 'pitlane-embedded-'));

vi.setConfig({ testTimeout: 120_000 });

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const isThere = (path: string) => expect.poll(() => existsSync(path), { timeout: 60_000 });

test('SIGTERM stops the cluster and removes its kubeconfig', async () => {
  const kubeconfig = join(folder, 'ended');
  const launcher = spawn(process.execPath, [main, '--kubeconfig', kubeconfig], { stdio: 'ignore' });
  await isThere(kubeconfig).toBe(true);
  launcher.kill('SIGTERM');
  expect(await once(launcher, 'exit')).toEqual([0, null]);
  expect(existsSync(kubeconfig)).toBe(false);
});

test('the cluster stops when npm is killed and leaves its child behind', async () => {
  const kubeconfig = join(folder, 'orphaned');
  const line = `"$0" "$1" --kubeconfig "$2"; true`;
  const env = { ...process.env, npm_lifecycle_event: 'cluster:embedded' };
  const shell = spawn('sh', ['-c', line, process.execPath, main, kubeconfig], { stdio: 'ignore', env });
  await isThere(kubeconfig).toBe(true);
  shell.kill('SIGKILL');
  await isThere(kubeconfig).toBe(false);
});

test('does not overwrite the kubeconfig of another cluster', async () => {
  const foreign = join(folder, 'foreign');
  writeFileSync(foreign, 'current-context: production\n');
  const launcher = spawn(process.execPath, [main, '--kubeconfig', foreign], { stdio: ['ignore', 'ignore', 'pipe'] });
  const said = launcher.stderr.setEncoding('utf8').toArray();
  expect(await once(launcher, 'exit')).toEqual([2, null]);
  expect((await said).join('')).toContain(`${foreign} exists and belongs to another cluster. Choose another file.`);
  expect(readFileSync(foreign, 'utf8')).toBe('current-context: production\n');
});
