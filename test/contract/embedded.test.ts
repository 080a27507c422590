import { startEmbeddedCluster } from '@pitlane/embedded-cluster';
import { configMap } from './manifests.ts';
import { describeContract } from './suite.ts';

/** Enough for the watches of the other cases, which run at the same time. */
const historyLength = 1_000;
/** The server cuts its history once it is twice as long. */
const manyWrites = 2 * historyLength;

/** The same cases run on a real control plane in test/cluster/contract.test.ts. */
describeContract('the embedded cluster', async () => {
  const { kubeConfig, api, stop } = await startEmbeddedCluster({ kubelet: false, historyLength });
  return {
    kubeConfig,
    stop,
    async forget(namespace) {
      api.create('configmaps', configMap({ name: 'rewritten', metadata: { namespace } }) as never);
      for (let count = 1; count <= manyWrites; count += 1) {
        api.mergePatch('configmaps', namespace, 'rewritten', { data: { count: String(count) } });
        // Other cases run at the same time.
        if (count % 200 === 0) await new Promise(setImmediate);
      }
    },
  };
});
