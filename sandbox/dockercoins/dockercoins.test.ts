import { startEmbeddedCluster } from '@pitlane/embedded-cluster';
import { describe } from 'vitest';
import { dockerCoinsUnderTraffic } from './contract.ts';

/** The same cases run on a real control plane in test/cluster/dockercoins.test.ts. */
describe('DockerCoins on the embedded cluster', () =>
  dockerCoinsUnderTraffic(() => startEmbeddedCluster({ kubelet: false })));
