import { defineConfig } from 'vitest/config';

/** `npm run test:cluster`: what needs a real control plane, or kubectl. */
export default defineConfig({
  test: {
    experimental: { viteModuleRunner: false, nodeLoader: false },
    include: ['test/control-plane/**/*.test.ts', 'test/cluster/**/*.test.ts'],
    reporters: ['default', './test/summary.ts'],
    testTimeout: 120_000,
    hookTimeout: 900_000,
    fileParallelism: false,
    // Its controllers work in their own time, as Kubernetes' own end-to-end tests allow for (ginkgo --flake-attempts).
    retry: 1,
  },
});
