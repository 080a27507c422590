import { isTaken, type KubeApi } from '../../client/kube-api.ts';
import { kubeTime } from '../pod.ts';
import { podRange } from './addresses.ts';

export interface NodeOptions {
  name: string;
  labels?: Record<string, string>;
  taints?: { key: string; value?: string; effect: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute' }[];
  /** Default: `{ cpu: '4', memory: '8Gi', pods: '110' }`. */
  capacity?: Record<string, string>;
}

/** A tainted node for the control plane, as training clusters have. */
export const controlPlaneNode: NodeOptions = {
  name: 'control-plane',
  labels: { 'node-role.kubernetes.io/control-plane': '' },
  taints: [{ key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' }],
};

/** The host address of all nodes, where the log server listens. */
export const hostIp = '127.0.0.1';

export function namedNodes(nodes: number | readonly NodeOptions[]): readonly NodeOptions[] {
  return typeof nodes === 'number' ? Array.from({ length: nodes }, (_, i) => ({ name: `node-${i + 1}` })) : nodes;
}

export interface Registration {
  index: number;
  logPort: number;
  now: number;
}

/** Creates the Node or takes over an existing one, and sets it ready. */
export async function registerNode(api: KubeApi, node: NodeOptions, at: Registration): Promise<{ uid: string }> {
  const status = nodeStatus(node, at);
  const body = {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: node.name,
      labels: {
        'kubernetes.io/hostname': node.name,
        'kubernetes.io/os': 'linux',
        'kubernetes.io/arch': 'amd64',
        ...node.labels,
      },
    },
    spec: {
      podCIDR: podRange(at.index),
      podCIDRs: [podRange(at.index)],
      ...(node.taints ? { taints: node.taints } : {}),
    },
    status,
  };
  try {
    await api.create('/api/v1/nodes', body);
  } catch (error) {
    if (!isTaken(error)) throw error;
  }
  const written = await api.patch<{ metadata: { uid: string } }>(`/api/v1/nodes/${node.name}/status`, { status });
  return written.metadata;
}

function nodeStatus({ capacity = { cpu: '4', memory: '8Gi', pods: '110' } }: NodeOptions, at: Registration) {
  const time = kubeTime(at.now);
  const condition = (type: string, status: string, reason: string, message: string) => ({
    type,
    status,
    reason,
    message,
    lastHeartbeatTime: time,
    lastTransitionTime: time,
  });
  return {
    capacity,
    allocatable: capacity,
    conditions: [
      condition('MemoryPressure', 'False', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'),
      condition('DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'),
      condition('PIDPressure', 'False', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'),
      condition('Ready', 'True', 'KubeletReady', 'kubelet is posting ready status'),
    ],
    addresses: [{ type: 'InternalIP', address: hostIp }],
    daemonEndpoints: { kubeletEndpoint: { Port: at.logPort } },
    nodeInfo: {
      architecture: 'amd64',
      operatingSystem: 'linux',
      osImage: 'Pitlane sandbox',
      kernelVersion: 'none',
      containerRuntimeVersion: 'pitlane://1',
      kubeletVersion: 'v1.36.2',
      kubeProxyVersion: '',
      machineID: '',
      systemUUID: '',
      bootID: '',
    },
  };
}
