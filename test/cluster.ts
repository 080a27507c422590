import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ensureControlPlane } from './control-plane/build.ts';

/**
 * `npm run test:cluster` runs the tests that need a real control plane, which it builds first if necessary. With
 * KUBECONFIG set, it builds nothing, and runs the contract and the rights on that cluster, in their own namespaces and on
 * imitated nodes. Other arguments go to vitest.
 */
const { KUBECONFIG } = process.env;

if (KUBECONFIG === undefined) {
  await ensureControlPlane(console.error);
} else if (!existsSync(KUBECONFIG)) {
  console.error(`KUBECONFIG names ${KUBECONFIG}, which does not exist; unset it to use a control plane built here.`);
  process.exit(2);
}

const which = KUBECONFIG === undefined ? [] : ['test/cluster/contract.test.ts', 'test/cluster/access.test.ts'];
const vitest = fileURLToPath(import.meta.resolve('vitest/package.json')).replace(/package\.json$/, 'vitest.mjs');
const run = spawn(
  process.execPath,
  [vitest, 'run', '-c', 'vitest.cluster.config.ts', ...which, ...process.argv.slice(2)],
  { stdio: 'inherit' },
);
// Ctrl-C reaches vitest too, which stops its clusters before it ends.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => {});
run.on('exit', (code) => process.exit(code ?? 1));
