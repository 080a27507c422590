import { type KubeApi, KubeApiError } from './kube-api.ts';
import { pause } from './pause.ts';

const namespace = 'kube-node-lease';
const path = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`;

/** As a kubelet does by default: the node counts as lost when its lease is 40 s old. */
const leaseDurationSeconds = 40;
const renewEveryMs = 10_000;

export interface LeaseOptions {
  api: KubeApi;
  nodes: readonly { name: string; uid: string }[];
  now(): number;
  log(line: string): void;
  signal: AbortSignal;
}

/** Takes the leases of all nodes and renews them until the signal is aborted. */
export async function keepLeases(options: LeaseOptions): Promise<void> {
  const { api, nodes, now, log, signal } = options;
  await created(api, '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  await Promise.all(nodes.map((node) => takeLease(api, node, now())));
  void renew();

  async function renew(): Promise<void> {
    while (await pause(renewEveryMs, signal)) {
      for (const { name } of nodes) {
        try {
          await api.patch(`${path}/${name}`, { spec: { renewTime: microTime(now()) } });
        } catch (error) {
          if (!signal.aborted) log(`lease of ${name} not renewed: ${(error as Error).message}`);
        }
      }
    }
  }
}

async function takeLease(api: KubeApi, { name, uid }: { name: string; uid: string }, now: number): Promise<void> {
  const spec = { holderIdentity: name, leaseDurationSeconds, renewTime: microTime(now) };
  // Owned by its node, so that it goes when the node does.
  const ownerReferences = [{ apiVersion: 'v1', kind: 'Node', name, uid }];
  const metadata = { name, namespace, ownerReferences };
  const isNew = await created(api, path, { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata, spec });
  if (!isNew) await api.patch(`${path}/${name}`, { spec });
}

/** False when it was there already. */
async function created(api: KubeApi, at: string, body: object): Promise<boolean> {
  try {
    await api.create(at, body);
    return true;
  } catch (error) {
    if (error instanceof KubeApiError && error.status === 409) return false;
    throw error;
  }
}

/** Leases keep microseconds, and their parser asks for all six digits. */
function microTime(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, -1)}000Z`;
}
