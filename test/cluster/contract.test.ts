import { describeContract } from '../contract/suite.ts';
import { startControlPlane } from '../control-plane/start.ts';

const { KUBECONFIG } = process.env;

/** The same cases run on the embedded cluster in test/contract/embedded.test.ts. */
if (KUBECONFIG === undefined) {
  const tooYoung = 'a control plane that has just started remembers all; seen with KUBECONFIG, on one of 40 minutes';
  describeContract(
    'a real control plane',
    async () => {
      const { kubeconfig, kubeletCert, stop } = await startControlPlane();
      return { kubeConfig: kubeconfig, tls: kubeletCert, stop };
    },
    { skips: { 'a watch from a version that is no longer known gets 410 Gone as its only event': tooYoung } },
  );
} else {
  const unreachable = 'its API server cannot call the kubelet of this process for a log';
  const kubeConfig = KUBECONFIG;
  describeContract(`the cluster of ${kubeConfig}`, async () => ({ kubeConfig, isShared: true, stop: async () => {} }), {
    skips: { 'the log of a pod ends with as many lines as are asked for': unreachable },
  });
}
