import { defineConfig } from 'vitest/config';

/**
 * `npm run test:package`: makes the archives of a deployment, of the command line and the container's file, and works with
 * them.
 */
export default defineConfig({
  test: {
    experimental: { viteModuleRunner: false, nodeLoader: false },
    include: ['{bench,infra}/*package.test.ts', 'infra/kubernetes/container.test.ts'],
    reporters: ['default', './test/summary.ts'],
    testTimeout: 60_000,
    hookTimeout: 180_000,
  },
});
