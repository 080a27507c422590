import { writeFile } from 'node:fs/promises';
import type { KubeConfig } from '@kubernetes/client-node';
import type { Api } from './api/api.ts';
import { type ClusterOptions, newCluster } from './api-server/cluster.ts';
import { startEventExpiry } from './api-server/event-expiry.ts';
import { type ApiServer, startServer } from './api-server/http/server.ts';
import { apiOf } from './api-server/in-process.ts';
import type { Ask } from './ask.ts';
import { type RunningControllers, startControllers } from './controllers/start.ts';
import { kubeConfigFor, kubeConfigYaml } from './kube-config.ts';
import { type Kubelet, type KubeletOptions, startKubelet } from './kubelet/kubelet.ts';

export interface EmbeddedClusterOptions extends ClusterOptions {
  /** The port on 127.0.0.1; default: any free one. */
  port?: number;
  /** A number of nodes, named node-1 and so on, or their options; default 3. */
  nodes?: KubeletOptions['nodes'];
  /** Options of the kubelet; false: there are no nodes, and pods stay as they are written. */
  kubelet?: Omit<KubeletOptions, 'kubeConfig' | 'ask' | 'nodes' | 'seed' | 'now'> | false;
  /** false: no controllers and no scheduler run. */
  controllers?: boolean;
}

export interface EmbeddedCluster extends Omit<ApiServer, 'url'> {
  /** Such as `http://127.0.0.1:40123`. */
  server: string;
  kubeConfig: KubeConfig;
  /** For Pitlane's connections: without sockets. */
  kubeConfigInProcess: KubeConfig & { readonly http: Ask };
  kubeConfigYaml: string;
  /** `namespace`: the one that kubectl uses by default. */
  writeKubeConfig(path: string, namespace?: string): Promise<void>;
  /** The same cluster without HTTP. */
  api: Api;
  /** Undefined when `kubelet: false`. */
  kubelet: Kubelet | undefined;
  /** Undefined when `controllers: false`. */
  controllers: RunningControllers | undefined;
}

/** Starts API server, controllers, scheduler and kubelet in this process. Resolves once the nodes are ready. */
export async function startEmbeddedCluster(options: EmbeddedClusterOptions = {}): Promise<EmbeddedCluster> {
  const { nodes = 3, seed = 1, now, historyLength, kubelet: kubeletOptions = {} } = options;
  const cluster = newCluster({ now, seed, historyLength });
  const api = apiOf(cluster);
  const controllers = options.controllers === false ? undefined : startControllers(api);
  const endExpiry = startEventExpiry(cluster);
  const server = await startServer(cluster, options.port);
  const kubeConfig = kubeConfigFor(server.url);
  let kubelet: Kubelet | undefined;
  const stop = async () => {
    await kubelet?.stop();
    controllers?.stop();
    endExpiry();
    await server.stop();
  };
  if (kubeletOptions !== false) {
    try {
      const given = { kubeConfig, ask: server.ask, nodes, seed, ...(now && { now }) };
      kubelet = await startKubelet({ ...kubeletOptions, ...given });
    } catch (error) {
      await stop();
      throw error;
    }
  }
  const { url, ...controls } = server;
  return {
    ...controls,
    server: url,
    kubeConfig,
    kubeConfigInProcess: Object.assign(kubeConfigFor(url), { http: server.ask }),
    kubeConfigYaml: kubeConfigYaml(url),
    writeKubeConfig: (path, namespace) => writeFile(path, kubeConfigYaml(url, namespace), { mode: 0o600 }),
    api,
    kubelet,
    controllers,
    stop,
  };
}
