import { describeContract } from '../contract/suite.ts';
import { startControlPlane } from '../control-plane/start.ts';

const { KUBECONFIG } = process.env;

/** The same cases run on the embedded cluster in test/contract/embedded.test.ts. */
if (KUBECONFIG === undefined) {
  describeContract('a real control plane', async () => {
    const { kubeconfig, kubeletCert, stop } = await startControlPlane();
    return { kubeConfig: kubeconfig, tls: kubeletCert, stop };
  });
} else {
  describeContract(`the cluster of ${KUBECONFIG}`, async () => ({
    kubeConfig: KUBECONFIG,
    isShared: true,
    stop: async () => {},
  }));
}
