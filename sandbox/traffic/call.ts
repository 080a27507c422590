import type { KubeConfig } from '@kubernetes/client-node';
import { KubeApi } from '@pitlane/embedded-cluster/kube-api';
import { seededRandom } from '@pitlane/embedded-cluster/random';
import { openRoute, type Route } from './route.ts';
import { type Answer, type FindServer, type Sending, send } from './send.ts';

export interface CallerOptions {
  /** An object, or the path of a kubeconfig file. */
  kubeConfig: KubeConfig | string;
  findServer: FindServer;
  seed?: number;
}

/** Calls Services by name, as apps in a cluster do. */
export interface Caller {
  call(namespace: string, service: string, sending: Sending): Promise<Answer>;
  stop(): void;
}

/** Follows each Service from its first call on. */
export function serviceCaller({ kubeConfig, findServer, seed = 1 }: CallerOptions): Caller {
  const api = new KubeApi(kubeConfig);
  const random = seededRandom(seed);
  const routes = new Map<string, Promise<Route>>();
  let isStopped = false;
  return {
    async call(namespace, service, sending) {
      if (isStopped) return { cause: 'noEndpoint' };
      const key = `${namespace}/${service}`;
      const route = routes.get(key) ?? openRoute({ api, namespace, service, random });
      routes.set(key, route);
      const endpoint = (await route).pick();
      return endpoint === undefined ? { cause: 'noEndpoint' } : send(endpoint, findServer, sending);
    },
    stop() {
      isStopped = true;
      for (const route of routes.values()) void route.then(({ stop }) => stop());
      api.close();
    },
  };
}
