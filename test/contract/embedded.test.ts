import { startEmbeddedCluster } from '@pitlane/embedded-cluster';
import { inVirtualTime } from './in-virtual-time.ts';
import { describeContract } from './suite.ts';

const historyLength = 1_000;
/** The server cuts its history once it is twice as long. */
const manyWrites = 2 * historyLength;

inVirtualTime();

/** The same cases run on a real control plane in test/cluster/contract.test.ts. */
describeContract('the embedded cluster', async () => {
  const { kubeConfig, api, stop } = await startEmbeddedCluster({ kubelet: false, historyLength });
  return {
    kubeConfig,
    stop,
    async forget(namespace) {
      // No other case watches secrets: their history is cut too.
      api.create('secrets', { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'rewritten', namespace } } as never);
      for (let count = 1; count <= manyWrites; count += 1) {
        api.mergePatch('secrets', namespace, 'rewritten', { metadata: { labels: { count: String(count) } } });
        // Other cases run at the same time.
        if (count % 200 === 0) await new Promise(setImmediate);
      }
      return `/api/v1/namespaces/${namespace}/secrets`;
    },
  };
});
