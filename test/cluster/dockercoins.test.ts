import { describe } from 'vitest';
import { dockerCoinsUnderTraffic } from '../../sandbox/dockercoins/contract.ts';
import { startControlPlane } from '../control-plane/start.ts';

/** The same cases run on the embedded cluster in sandbox/dockercoins/dockercoins.test.ts. */
describe('DockerCoins on a real control plane', () =>
  dockerCoinsUnderTraffic(async () => {
    const plane = await startControlPlane();
    return { kubeConfig: plane.kubeconfig, tls: plane.kubeletCert, stop: plane.stop };
  }));
