import { defineConfig } from 'vitest/config';

/** `npm test`: everything that needs only Node and npm. */
export default defineConfig({
  test: {
    include: ['{functions,pitlane,cli,sandbox,infra,test,bench}/**/*.test.ts'],
    exclude: ['test/control-plane/**', 'test/cluster/**', 'infra/package.test.ts', '**/node_modules/**'],
    reporters: ['default', './test/summary.ts'],
    testTimeout: 20_000,
    hookTimeout: 30_000,
  },
});
