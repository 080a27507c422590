import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { kubectlPath } from '../control-plane/build.ts';
import { type ControlPlane, startControlPlane } from '../control-plane/start.ts';

/** The Kustomize base of the container, on a real control plane. */
const BASE = fileURLToPath(new URL('../../infra/kubernetes', import.meta.url));
const ACCOUNT = 'system:serviceaccount:pitlane:pitlane';

let plane: ControlPlane;
let kubectl: string;

beforeAll(async () => {
  [plane, kubectl] = await Promise.all([startControlPlane(), kubectlPath()]);
  // A dry run stores nothing, so what the objects are in must be there.
  for (const namespace of ['dockercoins', 'pitlane']) await run('create', 'namespace', namespace);
});
afterAll(() => plane?.stop());

async function run(...args: readonly string[]) {
  const { stdout, stderr } = await promisify(execFile)(kubectl, [...args], {
    env: { ...process.env, KUBECONFIG: plane.kubeconfig },
  });
  return { stdout, stderr };
}

test('the API server accepts every object of the base, with strict validation and without a warning', async () => {
  await run('label', 'namespace', 'pitlane', 'pod-security.kubernetes.io/enforce=restricted');
  const apply = ['apply', '-k', BASE, '--server-side', '--validate=strict'];
  const { stdout, stderr } = await run(...apply, '--dry-run=server');
  expect(stderr).toBe('');
  expect(stdout.trim().split('\n').length).toBeGreaterThan(15);
  expect((await run(...apply)).stderr).toBe('');
});

test("Pitlane's account may impersonate its own roles, and nothing else", async () => {
  const can = async (...what: readonly string[]) =>
    run('auth', 'can-i', ...what, '--as', ACCOUNT).then(
      ({ stdout }) => stdout.trim(),
      ({ stdout }) => String(stdout).trim(),
    );
  expect(await can('impersonate', 'users/pitlane')).toBe('yes');
  expect(await can('impersonate', 'groups/pitlane:operator')).toBe('yes');
  expect(await can('impersonate', 'users/admin')).toBe('no');
  expect(await can('impersonate', 'groups/system:masters')).toBe('no');
  expect(await can('list', 'pods', '-n', 'dockercoins')).toBe('no');
  expect(await can('get', 'secrets', '-n', 'pitlane')).toBe('no');
  const asOperator = ['--as', 'pitlane', '--as-group', 'pitlane:operator'];
  expect((await run('auth', 'can-i', 'patch', 'pods', '-n', 'dockercoins', ...asOperator)).stdout.trim()).toBe('yes');
});

test('the Deployment admits a pod under the restricted Pod Security Standard', async () => {
  await expect
    .poll(async () => (await run('get', 'pods', '-n', 'pitlane', '-o', 'name')).stdout, { timeout: 60_000 })
    .toMatch(/^pod\/pitlane-/);
});
