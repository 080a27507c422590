import { startEmbeddedCluster } from '@pitlane/embedded-cluster';
import { describe } from 'vitest';
import { dockerCoinsUnderTraffic } from './contract.ts';

/** test/cluster/dockercoins.test.ts runs the same tests on a real control plane. */
describe('DockerCoins on the embedded cluster', () =>
  dockerCoinsUnderTraffic(() => startEmbeddedCluster({ kubelet: false })));
