import { describe } from 'vitest';
import { kubeletRuns } from '../../sandbox/kubelet/contract/across-restarts.ts';
import { podFaults } from '../../sandbox/kubelet/contract/faults.ts';
import { podLifecycle } from '../../sandbox/kubelet/contract/lifecycle.ts';
import { podLogs } from '../../sandbox/kubelet/contract/logs.ts';
import type { BareCluster } from '../../sandbox/kubelet/contract/playground.ts';
import { startControlPlane } from '../control-plane/start.ts';

/** The kubelet's own tests run the same cases on the embedded cluster. */
async function openCluster(): Promise<BareCluster> {
  const plane = await startControlPlane();
  return { kubeConfig: plane.kubeconfig, tls: plane.kubeletCert, stop: plane.stop };
}

describe('pods on a real control plane', () => podLifecycle(openCluster));
describe('faults on a real control plane', () => podFaults(openCluster));
describe('logs on a real control plane', () => podLogs(openCluster));
describe('the kubelet on a real control plane', () => kubeletRuns(openCluster));
