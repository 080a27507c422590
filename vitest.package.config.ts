import { defineConfig } from 'vitest/config';

/** `npm run test:package`: makes the archives and the container's file as for a deployment, and works with them. */
export default defineConfig({
  test: {
    experimental: { viteModuleRunner: false, nodeLoader: false },
    include: ['infra/package.test.ts', 'infra/kubernetes/container.test.ts'],
    reporters: ['default', './test/summary.ts'],
    testTimeout: 60_000,
    hookTimeout: 180_000,
  },
});
