import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { CaseCount } from './test/matrix/reporter.ts';

// Node keeps the compiled code.
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, 'node_modules/.cache/compile');

/** `npm run test:matrix`: every operation, broken off and disturbed at each of its requests. */
export default defineConfig({
  test: {
    experimental: { viteModuleRunner: false, nodeLoader: false },
    include: ['test/matrix/*.matrix.ts'],
    reporters: ['default', new CaseCount(), './test/summary.ts'],
    testTimeout: 180_000,
    hookTimeout: 180_000,
    maxWorkers: 2,
    // A larger young generation: a case's garbage is collected before it is copied.
    execArgv: ['--import', './pitlane/cluster/lean-client.ts', '--min-semi-space-size=32', '--max-semi-space-size=64'],
  },
});
