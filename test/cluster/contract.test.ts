import { describeContract } from '../contract/suite.ts';
import { startControlPlane } from '../control-plane/start.ts';

const { KUBECONFIG } = process.env;

/** They have a control plane of their own (namespaces.test.ts). */
const isWanted = (theme: string) => theme !== 'namespaces';

/** test/contract/embedded.test.ts runs the same cases on the embedded cluster. */
if (KUBECONFIG === undefined) {
  describeContract(
    'a real control plane',
    async () => {
      const { kubeconfig, kubeletCert, stop } = await startControlPlane();
      return { kubeConfig: kubeconfig, tls: kubeletCert, stop };
    },
    { isWanted },
  );
} else {
  const kubeConfig = KUBECONFIG;
  describeContract(
    `the cluster of ${kubeConfig}, without logs and policies`,
    async () => ({ kubeConfig, isShared: true, stop: async () => {} }),
    { hasNoLogs: true, hasNoPolicies: true, isWanted },
  );
}
