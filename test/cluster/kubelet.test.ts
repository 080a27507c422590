import { kubeletRuns } from '@pitlane/embedded-cluster/kubelet/contract/across-restarts';
import { podContainers } from '@pitlane/embedded-cluster/kubelet/contract/containers';
import { podFaults } from '@pitlane/embedded-cluster/kubelet/contract/faults';
import { podLifecycle } from '@pitlane/embedded-cluster/kubelet/contract/lifecycle';
import { podLogs } from '@pitlane/embedded-cluster/kubelet/contract/logs';
import type { BareCluster } from '@pitlane/embedded-cluster/kubelet/contract/playground';
import { podStreams } from '@pitlane/embedded-cluster/kubelet/contract/streams';
import { describe } from 'vitest';
import { startControlPlane } from '../control-plane/start.ts';

/** The kubelet's own tests run the same cases on the embedded cluster. */
async function openCluster(): Promise<BareCluster> {
  const plane = await startControlPlane();
  return { kubeConfig: plane.kubeconfig, tls: plane.kubeletCert, stop: plane.stop };
}

describe('pods on a real control plane', () => podLifecycle(openCluster));
describe('containers on a real control plane', () => podContainers(openCluster));
describe('faults on a real control plane', () => podFaults(openCluster));
describe('logs on a real control plane', () => podLogs(openCluster));
describe('streams on a real control plane', () => podStreams(openCluster));
describe('the kubelet on a real control plane', () => kubeletRuns(openCluster));
