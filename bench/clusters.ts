import type { KubeConfig } from '@kubernetes/client-node';
import { startEmbeddedCluster } from '@pitlane/embedded-cluster';
import { type Kubelet, type KubeletOptions, startKubelet } from '@pitlane/embedded-cluster/kubelet';
import { dockerCoinsApps } from '../sandbox/dockercoins/apps.ts';
import { deployDockerCoins } from '../sandbox/dockercoins/deploy.ts';
import type { Caller } from '../sandbox/traffic/call.ts';
import { startControlPlane } from '../test/control-plane/start.ts';
import type { Upstream } from './counting-proxy.ts';

export type ClusterKind = 'embedded' | 'real';

/** A cluster with three nodes. */
export interface BenchCluster {
  readonly kind: ClusterKind;
  readonly kubeConfig: KubeConfig | string;
  readonly upstream: Upstream;
  readonly kubelet: Kubelet;
  stop(): Promise<void>;
}

type Speed = Pick<KubeletOptions, 'startMs'>;

export const NAMESPACE = 'dockercoins';

/** Large enough for 300 pods beside those that are still being deleted. */
const NODES = [1, 2, 3].map((number) => ({
  name: `node-${number}`,
  capacity: { cpu: '16', memory: '64Gi', pods: '500' },
}));

/** Keeps the worker of DockerCoins from sending traffic. */
const noTraffic: Caller = { call: async () => ({ cause: 'noEndpoint' }), stop: () => undefined };

/** A cluster with DockerCoins, of which `rng` has four pods. */
export async function openCluster(kind: ClusterKind): Promise<BenchCluster> {
  const cluster = await openEmptyCluster(kind);
  await deployDockerCoins({ kubeConfig: cluster.kubeConfig, namespace: NAMESPACE, rngReplicas: 4 });
  return cluster;
}

export function openEmptyCluster(kind: ClusterKind, speed: Speed = {}): Promise<BenchCluster> {
  return kind === 'embedded' ? openEmbedded(speed) : openReal(speed);
}

async function openEmbedded(speed: Speed): Promise<BenchCluster> {
  const cluster = await startEmbeddedCluster({ nodes: NODES, kubelet: { apps: dockerCoinsApps(noTraffic), ...speed } });
  if (cluster.kubelet === undefined) throw new Error('the embedded cluster has no kubelet');
  return {
    kind: 'embedded',
    kubeConfig: cluster.kubeConfig,
    upstream: { server: cluster.server },
    kubelet: cluster.kubelet,
    stop: cluster.stop,
  };
}

async function openReal(speed: Speed): Promise<BenchCluster> {
  const plane = await startControlPlane();
  const kubelet = await startKubelet({
    kubeConfig: plane.kubeconfig,
    tls: plane.kubeletCert,
    nodes: NODES,
    apps: dockerCoinsApps(noTraffic),
    ...speed,
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
