import { describe } from 'vitest';
import { dockerCoinsUnderTraffic } from '../../sandbox/dockercoins/contract.ts';
import { startControlPlane } from '../control-plane/start.ts';

/** sandbox/dockercoins/dockercoins.test.ts runs the same cases on the embedded cluster. */
describe('DockerCoins on a real control plane', () =>
  dockerCoinsUnderTraffic(async () => {
    const plane = await startControlPlane();
    return { kubeConfig: plane.kubeconfig, tls: plane.kubeletCert, stop: plane.stop };
  }));
