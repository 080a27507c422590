import { defineConfig } from 'vitest/config';

const EVERYTHING = ['{functions,pitlane,cli,packages,sandbox,infra,test,bench}/**/*.test.ts'];
/** nock takes the network from its whole process, so these files share processes only with each other. */
const WITH_NOCK = [
  'pitlane/chat/slack/api.test.ts',
  'pitlane/cluster/**/*.test.ts',
  'pitlane/operate/find-pods.test.ts',
];
/** They replace the network of Lambda in other ways too. */
const ALONE = ['functions/{hand-over,slack}.test.ts'];
const ELSEWHERE = ['test/control-plane/**', 'test/cluster/**', 'infra/package.test.ts', '**/node_modules/**'];

/** `npm test`: everything that needs only Node and npm. */
export default defineConfig({
  test: {
    reporters: ['default', './test/summary.ts'],
    // For what hangs: no test depends on the machine's speed.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    // One more than processors of a small machine, since some tests wait for real processes. Each worker costs a second.
    maxWorkers: 3,
    // As the entry points do: client-node's index takes a quarter of a second to load.
    execArgv: ['--import', './pitlane/cluster/lean-client.ts'],
    projects: [
      // Nothing else is global: modules are loaded once for each worker.
      {
        extends: true,
        test: { name: 'shared', isolate: false, include: EVERYTHING, exclude: [...ELSEWHERE, ...WITH_NOCK, ...ALONE] },
      },
      { extends: true, test: { name: 'nock', isolate: false, include: WITH_NOCK } },
      { extends: true, test: { name: 'alone', include: ALONE } },
    ],
  },
});
