import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

const EVERYTHING = ['{functions,pitlane,cli,packages,sandbox,infra,test,bench}/**/*.test.ts'];
/** nock, or another double, takes the network from its whole process, so each of these files has its own. */
const ALONE = [
  'infra/aws-account.test.ts',
  'functions/{hand-over,slack}.test.ts',
  'pitlane/chat/slack/api.test.ts',
  'pitlane/cluster/{carry-out,connect,connection,eks,events,journal,lease,logs,observe,open-list,owners,watch}.test.ts',
  'pitlane/operate/find-pods.test.ts',
];
/** What Kubernetes does in answer: `npm run test:contract` on the embedded cluster, `npm run test:cluster` on a real one. */
const CONTRACT = ['test/contract/embedded.test.ts', 'packages/embedded-cluster/kubelet/kubelet.test.ts'];
const ELSEWHERE = [
  'test/control-plane/**',
  'test/cluster/**',
  'test/aws/**',
  'test/checkers/**',
  'test/page/**',
  '{bench,infra}/*package.test.ts',
  'infra/kubernetes/container.test.ts',
  '**/node_modules/**',
];

// For the workers and the processes that tests start: Node keeps the compiled code. It makes coverage less precise.
if (!process.argv.includes('--coverage'))
  process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, 'node_modules/.cache/compile');

/** `npm test`: all but the contract. Everything here needs only Node and npm. */
export default defineConfig({
  test: {
    reporters: ['default', './test/summary.ts'],
    // For what hangs: no test depends on the machine's speed.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    // One more than processors of a small machine, since some tests wait for real processes. Each worker costs a second.
    maxWorkers: 3,
    // Node runs TypeScript itself: no copy of each module to make, and no detour at each imported name.
    experimental: { viteModuleRunner: false, nodeLoader: false },
    // As the entry points do: client-node's index takes a quarter of a second to load.
    // A larger young generation: a test's garbage is collected before it is copied.
    execArgv: ['--import', './pitlane/cluster/lean-client.ts', '--min-semi-space-size=16', '--max-semi-space-size=32'],
    projects: [
      // Nothing else is global: modules are loaded once for each worker.
      {
        extends: true,
        test: { name: 'shared', isolate: false, include: EVERYTHING, exclude: [...ELSEWHERE, ...ALONE, ...CONTRACT] },
      },
      { extends: true, test: { name: 'alone', include: ALONE } },
      { extends: true, test: { name: 'contract', isolate: false, include: CONTRACT } },
    ],
  },
});
