import { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import { stringify } from 'yaml';
import type { Ask } from './ask.ts';
import { dispatcherTo } from './dispatcher.ts';

/** The cluster's name in the kubeconfigs that are written here. */
export const clusterName = 'pitlane-sandbox';

/**
 * client-node accepts plain HTTP only together with `insecure-skip-tls-verify`; kubectl ignores it for HTTP. The token
 * is there because kubectl asks for a password when it has no credentials.
 */
function configOf(url: string, namespace: string) {
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: clusterName, cluster: { server: url, 'insecure-skip-tls-verify': true } }],
    users: [{ name: clusterName, user: { token: 'sandbox' } }],
    contexts: [{ name: clusterName, context: { cluster: clusterName, user: clusterName, namespace } }],
    'current-context': clusterName,
  };
}

export function kubeConfigYaml(url: string, namespace = 'default'): string {
  return stringify(configOf(url, namespace));
}

export function kubeConfigFor(url: string): KubeConfig {
  const config = new KubeConfig();
  config.loadFromString(kubeConfigYaml(url));
  return config;
}

type Context = Parameters<KubeConfig['applySecurityAuthentication']>[0];
type Dispatcher = Parameters<Context['setDispatcher']>[0];

/** For client-node's fetch: its requests reach the API server of this process without sockets. */
export function kubeConfigInProcess(url: string, ask: Ask): KubeConfig {
  const dispatcher = dispatcherTo(ask) as unknown as Dispatcher;
  return Object.assign(kubeConfigFor(url), {
    async applySecurityAuthentication(context: Context) {
      context.setDispatcher(dispatcher);
    },
  });
}
