import { defineConfig } from 'vitest/config';

/** `npm run test:checkers`: the product against programs of AWS, Slack, Kubernetes and others (test/checkers/README.md). */
export default defineConfig({
  test: {
    experimental: { viteModuleRunner: false, nodeLoader: false },
    include: ['test/checkers/**/*.test.ts'],
    reporters: ['default', './test/summary.ts'],
    testTimeout: 120_000,
    hookTimeout: 300_000,
    // The archives in .serverless/ are of one configuration at a time.
    fileParallelism: false,
  },
});
