import { describe } from 'vitest';
import { startEmbeddedCluster } from '../cluster/start.ts';
import { dockerCoinsUnderTraffic } from './contract.ts';

/** The same cases run on a real control plane in test/cluster/dockercoins.test.ts. */
describe('DockerCoins on the embedded cluster', () =>
  dockerCoinsUnderTraffic(() => startEmbeddedCluster({ kubelet: false })));
