import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedCluster } from '../../../sandbox/cluster/start.ts';
import { dockerCoinsApps } from '../../../sandbox/dockercoins/apps.ts';
import { type Kubelet, type KubeletOptions, startKubelet } from '../../../sandbox/kubelet/kubelet.ts';
import { controlPlaneNode, type NodeOptions } from '../../../sandbox/kubelet/nodes.ts';
import { type Caller, serviceCaller } from '../../../sandbox/traffic/call.ts';
import { startControlPlane } from '../../control-plane/start.ts';

/** The chapter's cluster: a node for the control plane, tainted, and two workers, which run DockerCoins for real. */
export interface TrainingCluster {
  name: 'real' | 'embedded';
  /** Path of a file. */
  kubeconfig: string;
  stop(): Promise<void>;
}

const nodes: readonly NodeOptions[] = [controlPlaneNode, { name: 'node1' }, { name: 'node2' }];

export async function openRealCluster(): Promise<TrainingCluster> {
  const plane = await startControlPlane();
  const apps = new LateApps();
  const kubeConfig = plane.kubeconfig;
  const kubelet = await startKubelet({ kubeConfig, tls: plane.kubeletCert, nodes, ...apps.options });
  apps.connect(kubeConfig, kubelet);
  return {
    name: 'real',
    kubeconfig: kubeConfig,
    async stop() {
      apps.stop();
      await kubelet.stop();
      await plane.stop();
    },
  };
}

export async function openEmbeddedCluster(): Promise<TrainingCluster> {
  const apps = new LateApps();
  const cluster = await startEmbeddedCluster({ nodes, kubelet: apps.options });
  if (cluster.kubelet === undefined) throw new Error('the embedded cluster came without a kubelet');
  apps.connect(cluster.kubeConfig, cluster.kubelet);
  const dir = await mkdtemp(join(tmpdir(), 'pitlane-chapter-'));
  const kubeconfig = join(dir, 'kubeconfig');
  await cluster.writeKubeConfig(kubeconfig);
  return {
    name: 'embedded',
    kubeconfig,
    async stop() {
      apps.stop();
      await cluster.stop();
      await rm(dir, { recursive: true });
    },
  };
}

/** The apps call each other through the cluster that is started with them: so the way to it is laid later. */
class LateApps {
  #caller: Caller | undefined;

  readonly options: Pick<KubeletOptions, 'apps' | 'lingerMs'> = {
    apps: dockerCoinsApps({
      call: async (...call) => (this.#caller ? this.#caller.call(...call) : { cause: 'noEndpoint' }),
      stop: () => this.stop(),
    }),
    lingerMs: 0,
  };

  connect(kubeConfig: Parameters<typeof serviceCaller>[0]['kubeConfig'], kubelet: Kubelet): void {
    this.#caller = serviceCaller({ kubeConfig, findServer: (uid, port) => kubelet.endpoint(uid, port) });
  }

  stop(): void {
    this.#caller?.stop();
  }
}
