import { startEmbeddedCluster } from '../../sandbox/cluster/start.ts';
import { describeContract } from './suite.ts';

/** The same cases run on a real control plane in test/cluster/contract.test.ts. */
describeContract('the embedded cluster', async () => {
  const { kubeConfig, stop } = await startEmbeddedCluster({ kubelet: false });
  return { kubeConfig, stop };
});
