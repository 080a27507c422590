import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedCluster } from '@pitlane/embedded-cluster';
import { startKubelet } from '@pitlane/embedded-cluster/kubelet';
import { controlPlaneNode, type NodeOptions } from '@pitlane/embedded-cluster/kubelet/nodes';
import { ConnectedApps } from '../../../sandbox/dockercoins/connected-apps.ts';
import { startControlPlane } from '../../control-plane/start.ts';

/** The cluster of the chapter: a tainted control-plane node, and two workers that run DockerCoins. */
export interface TrainingCluster {
  name: 'real' | 'embedded';
  /** Path of a file. */
  kubeconfig: string;
  stop(): Promise<void>;
}

const nodes: readonly NodeOptions[] = [controlPlaneNode, { name: 'node1' }, { name: 'node2' }];

export async function openRealCluster(): Promise<TrainingCluster> {
  const plane = await startControlPlane();
  const apps = new ConnectedApps();
  const kubeConfig = plane.kubeconfig;
  const kubelet = await startKubelet({ kubeConfig, tls: plane.kubeletCert, nodes, apps: apps.apps, lingerMs: 0 });
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
  const apps = new ConnectedApps();
  const cluster = await startEmbeddedCluster({ nodes, kubelet: { apps: apps.apps, lingerMs: 0 } });
  if (cluster.kubelet === undefined) throw new Error('the embedded cluster has no kubelet');
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
