import type { KubeConfig } from '@kubernetes/client-node';
import { startEmbeddedCluster } from '@pitlane/embedded-cluster';
import { type Kubelet, startKubelet } from '@pitlane/embedded-cluster/kubelet';
import { dockerCoinsApps } from '../sandbox/dockercoins/apps.ts';
import { deployDockerCoins } from '../sandbox/dockercoins/deploy.ts';
import type { Caller } from '../sandbox/traffic/call.ts';
import { startControlPlane } from '../test/control-plane/start.ts';
import type { Upstream } from './counting-proxy.ts';

export type ClusterKind = 'embedded' | 'real';

/** A cluster with DockerCoins on it, `rng` with four pods on three nodes. */
export interface BenchCluster {
  readonly kind: ClusterKind;
  readonly kubeConfig: KubeConfig | string;
  readonly upstream: Upstream;
  readonly kubelet: Kubelet;
  stop(): Promise<void>;
}

export const NAMESPACE = 'dockercoins';

/** The bench's own traffic is the only one: DockerCoins' worker finds nobody. */
const nobody: Caller = { call: async () => ({ cause: 'noEndpoint' }), stop: () => undefined };

export async function openCluster(kind: ClusterKind): Promise<BenchCluster> {
  const cluster = kind === 'embedded' ? await openEmbedded() : await openReal();
  await deployDockerCoins({ kubeConfig: cluster.kubeConfig, namespace: NAMESPACE, rngReplicas: 4 });
  return cluster;
}

async function openEmbedded(): Promise<BenchCluster> {
  const cluster = await startEmbeddedCluster({ nodes: 3, kubelet: { apps: dockerCoinsApps(nobody) } });
  if (cluster.kubelet === undefined) throw new Error('the embedded cluster has no kubelet');
  return {
    kind: 'embedded',
    kubeConfig: cluster.kubeConfig,
    upstream: { server: cluster.server },
    kubelet: cluster.kubelet,
    stop: cluster.stop,
  };
}

async function openReal(): Promise<BenchCluster> {
  const plane = await startControlPlane();
  const kubelet = await startKubelet({
    kubeConfig: plane.kubeconfig,
    tls: plane.kubeletCert,
    nodes: 3,
    apps: dockerCoinsApps(nobody),
  });
  return {
    kind: 'real',
    kubeConfig: plane.kubeconfig,
    upstream: { server: plane.server, caFile: plane.caFile, token: plane.adminToken },
    kubelet,
    stop: async () => {
      await kubelet.stop();
      await plane.stop();
    },
  };
}
