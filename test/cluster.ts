import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { ensureControlPlane } from './control-plane/build.ts';

/**
 * `npm run test:cluster`: the tests that need a real control plane, which is built first if it has to be. With
 * KUBECONFIG set, the contract and the rights are tried on that cluster instead, in namespaces and on imitated nodes of
 * their own, and nothing is built. Further arguments go to vitest.
 */
const { KUBECONFIG } = process.env;

if (KUBECONFIG === undefined) {
  await ensureControlPlane(console.error);
} else if (!existsSync(KUBECONFIG)) {
  console.error(`KUBECONFIG names ${KUBECONFIG}, which does not exist; unset it to use a control plane built here.`);
  process.exit(2);
}

const which = KUBECONFIG === undefined ? [] : ['test/cluster/contract.test.ts', 'test/cluster/access.test.ts'];
const vitest = new URL(import.meta.resolve('vitest/package.json')).pathname.replace(/package\.json$/, 'vitest.mjs');
const run = spawn(
  process.execPath,
  [vitest, 'run', '-c', 'vitest.cluster.config.ts', ...which, ...process.argv.slice(2)],
  { stdio: 'inherit' },
);
// Ctrl-C reaches vitest too, which takes its clusters down before it ends.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => {});
run.on('exit', (code) => process.exit(code ?? 1));
