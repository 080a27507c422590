import type { KubeConfig } from '@kubernetes/client-node';
import { startEmbeddedCluster } from '@pitlane/embedded-cluster';
import { type Kubelet, startKubelet } from '@pitlane/embedded-cluster/kubelet';
import { dockerCoinsApps } from '../sandbox/dockercoins/apps.ts';
import { deployDockerCoins } from '../sandbox/dockercoins/deploy.ts';
import type { Caller } from '../sandbox/traffic/call.ts';
import { startControlPlane } from '../test/control-plane/start.ts';
import type { Upstream } from './counting-proxy.ts';

export type ClusterKind = 'embedded' | 'real';

/** A cluster with three nodes and DockerCoins, of which `rng` has four pods. */
export interface BenchCluster {
  readonly kind: ClusterKind;
  readonly kubeConfig: KubeConfig | string;
  readonly upstream: Upstream;
  readonly kubelet: Kubelet;
  stop(): Promise<void>;
}

export const NAMESPACE = 'dockercoins';

/** Keeps the worker of DockerCoins from sending traffic. */
const noTraffic: Caller = { call: async () => ({ cause: 'noEndpoint' }), stop: () => undefined };

export async function openCluster(kind: ClusterKind): Promise<BenchCluster> {
  const cluster = kind === 'embedded' ? await openEmbedded() : await openReal();
  await deployDockerCoins({ kubeConfig: cluster.kubeConfig, namespace: NAMESPACE, rngReplicas: 4 });
  return cluster;
}

async function openEmbedded(): Promise<BenchCluster> {
  const cluster = await startEmbeddedCluster({ nodes: 3, kubelet: { apps: dockerCoinsApps(noTraffic) } });
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
    apps: dockerCoinsApps(noTraffic),
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
