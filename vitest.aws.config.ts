import { defineConfig } from 'vitest/config';

/** `npm run test:aws`: the archives and the functions against an emulator of AWS (test/aws/README.md). */
export default defineConfig({
  test: {
    experimental: { viteModuleRunner: false, nodeLoader: false },
    include: ['test/aws/**/*.test.ts'],
    reporters: ['default', './test/summary.ts'],
    testTimeout: 120_000,
    // The first start on a machine installs the emulator, and may build the control plane.
    hookTimeout: 900_000,
    // The archives in .serverless/ are of one configuration at a time.
    fileParallelism: false,
  },
});
