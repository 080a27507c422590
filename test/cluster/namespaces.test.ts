import { describeContract } from '../contract/suite.ts';
import { startControlPlane } from '../control-plane/start.ts';

describeContract(
  'namespaces of a real control plane',
  async () => {
    const { kubeconfig, kubeletCert, stop } = await startControlPlane();
    return { kubeConfig: kubeconfig, tls: kubeletCert, stop };
  },
  { isWanted: (theme) => theme === 'namespaces' },
);
