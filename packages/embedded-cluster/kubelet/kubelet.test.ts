import { describe } from 'vitest';
import { startEmbeddedCluster } from '../start.ts';
import { kubeletRuns } from './contract/across-restarts.ts';
import { podContainers } from './contract/containers.ts';
import { podFaults } from './contract/faults.ts';
import { podLifecycle } from './contract/lifecycle.ts';
import { podLogs } from './contract/logs.ts';
import { podStreams } from './contract/streams.ts';

/** test/cluster/kubelet.test.ts runs the same tests on a real control plane. */
const openCluster = () => startEmbeddedCluster({ kubelet: false });

describe('pods on the embedded cluster', () => podLifecycle(openCluster));
describe('containers on the embedded cluster', () => podContainers(openCluster));
describe('faults on the embedded cluster', () => podFaults(openCluster));
describe('logs on the embedded cluster', () => podLogs(openCluster));
describe('streams on the embedded cluster', () => podStreams(openCluster));
describe('the kubelet on the embedded cluster', () => kubeletRuns(openCluster));
