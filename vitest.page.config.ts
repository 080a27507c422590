import { defineConfig } from 'vitest/config';

/** `npm run test:page`: the playground's page in a real browser. Needs chromium on the path. */
export default defineConfig({
  test: {
    experimental: { viteModuleRunner: false, nodeLoader: false },
    execArgv: ['--import', './pitlane/cluster/lean-client.ts'],
    include: ['test/page/**/*.test.ts'],
    fileParallelism: false,
    reporters: ['default', './test/summary.ts'],
    // For what hangs: no test depends on the machine's speed.
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
});
