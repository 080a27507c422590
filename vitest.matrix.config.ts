import { defineConfig } from 'vitest/config';

/** `npm run test:matrix`: every operation, broken off and disturbed at each of its requests. */
export default defineConfig({
  test: {
    include: ['test/matrix/*.matrix.ts'],
    reporters: ['default', './test/summary.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    maxConcurrency: 12,
    execArgv: ['--import', './pitlane/cluster/lean-client.ts'],
  },
});
