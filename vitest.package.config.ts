import { defineConfig } from 'vitest/config';

/** `npm run test:package`: makes the archives of a deployment and of the command line, and works with what is in them. */
export default defineConfig({
  test: {
    experimental: { viteModuleRunner: false, nodeLoader: false },
    include: ['infra/*package.test.ts'],
    reporters: ['default', './test/summary.ts'],
    testTimeout: 60_000,
    hookTimeout: 180_000,
  },
});
