import { isTaken, type KubeApi } from '../../client/kube-api.ts';
import { pause } from '../../client/pause.ts';

const namespace = 'kube-node-lease';
const path = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`;

/** A kubelet's default: a node is lost when its lease is 40 s old. */
const leaseDurationSeconds = 40;
const renewEveryMs = 10_000;

export interface LeaseOptions {
  api: KubeApi;
  node: { name: string; uid: string };
  now(): number;
  log(line: string): void;
  signal: AbortSignal;
}

/** Takes a node's lease and renews it until the signal is aborted. */
export async function keepLease(options: LeaseOptions): Promise<void> {
  const { api, node, now } = options;
  await created(api, '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  await takeLease(api, node, now());
  void renew(options);
}

async function renew({ api, node, now, log, signal }: LeaseOptions): Promise<void> {
  while (await pause(renewEveryMs, signal)) {
    try {
      await api.patch(`${path}/${node.name}`, { spec: { renewTime: microTime(now()) } });
    } catch (error) {
      if (!signal.aborted) log(`lease of ${node.name} not renewed: ${(error as Error).message}`);
    }
  }
}

async function takeLease(api: KubeApi, { name, uid }: { name: string; uid: string }, now: number): Promise<void> {
  const spec = { holderIdentity: name, leaseDurationSeconds, renewTime: microTime(now) };
  // The node owns it, so that it is deleted with the node.
  const ownerReferences = [{ apiVersion: 'v1', kind: 'Node', name, uid }];
  const metadata = { name, namespace, ownerReferences };
  const isNew = await created(api, path, { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata, spec });
  if (!isNew) await api.patch(`${path}/${name}`, { spec });
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
