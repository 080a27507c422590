import { isTaken, type KubeApi } from '../../client/kube-api.ts';
import { pause } from '../../client/pause.ts';
import type { Machine } from '../kubelet.ts';
import { kubeTime, type Pod } from '../pod.ts';
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

/** The host address of all nodes, where the node's server listens. */
export const hostIp = '127.0.0.1';

const leaseNamespace = 'kube-node-lease';
const leases = `/apis/coordination.k8s.io/v1/namespaces/${leaseNamespace}/leases`;

/** A kubelet's default: a node is lost when its lease is 40 s old. */
const leaseDurationSeconds = 40;
const renewEveryMs = 10_000;

/** Creates the Node or takes over an existing one, sets it ready, and renews its lease until the signal is aborted. */
export async function runNode(
  machine: Machine,
  node: NodeOptions,
  at: { index: number; port: number },
  signal: AbortSignal,
): Promise<void> {
  const { api, now } = machine;
  const { name, taints } = node;
  const status = nodeStatus(node, at.port, now());
  const builtIn = { 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': 'amd64' };
  await created(api, '/api/v1/nodes', {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { ...builtIn, ...node.labels } },
    spec: { podCIDR: podRange(at.index), podCIDRs: [podRange(at.index)], taints },
    status,
  });
  const { metadata: written } = await api.patch<Pick<Pod, 'metadata'>>(`/api/v1/nodes/${name}/status`, { status });
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: leaseNamespace } };
  await created(api, '/api/v1/namespaces', namespace);
  const spec = { holderIdentity: name, leaseDurationSeconds, renewTime: microTime(now()) };
  // The node owns it, so that it is deleted with the node.
  const ownerReferences = [{ apiVersion: 'v1', kind: 'Node', name, uid: written.uid }];
  const metadata = { name, namespace: leaseNamespace, ownerReferences };
  const isNew = await created(api, leases, { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata, spec });
  if (!isNew) await api.patch(`${leases}/${name}`, { spec });
  void renewLease(machine, name, signal);
}

function nodeStatus({ capacity = { cpu: '4', memory: '8Gi', pods: '110' } }: NodeOptions, port: number, now: number) {
  const time = kubeTime(now);
  const conditions = [
    ['MemoryPressure', 'False', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'],
    ['DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'],
    ['PIDPressure', 'False', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'],
    ['Ready', 'True', 'KubeletReady', 'kubelet is posting ready status'],
  ].map(([type, status, reason, message]) => {
    return { type, status, reason, message, lastHeartbeatTime: time, lastTransitionTime: time };
  });
  return {
    capacity,
    allocatable: capacity,
    conditions,
    addresses: [{ type: 'InternalIP', address: hostIp }],
    daemonEndpoints: { kubeletEndpoint: { Port: port } },
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

async function renewLease({ api, now, log }: Machine, node: string, signal: AbortSignal): Promise<void> {
  while (await pause(renewEveryMs, signal)) {
    await api.patch(`${leases}/${node}`, { spec: { renewTime: microTime(now()) } }).catch((error: Error) => {
      if (!signal.aborted) log(`lease of ${node} not renewed: ${error.message}`);
    });
  }
}

/** Returns false when it exists already. */
async function created(api: KubeApi, at: string, body: object): Promise<boolean> {
  try {
    await api.create(at, body);
    return true;
  } catch (error) {
    if (isTaken(error)) return false;
    throw error;
  }
}

/** Leases have microseconds with exactly six digits. */
function microTime(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, -1)}000Z`;
}
