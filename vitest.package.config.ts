import { defineConfig } from 'vitest/config';

/** `npm run test:package`: makes what is deployed and installed: archives, the command line and the container, and works with it. */
export default defineConfig({
  test: {
    experimental: { viteModuleRunner: false, nodeLoader: false },
    include: ['infra/*package.test.ts'],
    reporters: ['default', './test/summary.ts'],
    testTimeout: 60_000,
    hookTimeout: 180_000,
  },
});
