import { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import { stringify } from 'yaml';

/** The cluster's name in the kubeconfigs that are written here. */
export const clusterName = 'pitlane-sandbox';

/**
 * client-node accepts plain HTTP only together with `insecure-skip-tls-verify`; kubectl ignores it for HTTP. The token
 * is there because kubectl asks for a password when it has no credentials.
 */
export function kubeConfigYaml(url: string, namespace = 'default'): string {
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: clusterName, cluster: { server: url, 'insecure-skip-tls-verify': true } }],
    users: [{ name: clusterName, user: { token: 'sandbox' } }],
    contexts: [{ name: clusterName, context: { cluster: clusterName, user: clusterName, namespace } }],
    'current-context': clusterName,
  });
}

export function kubeConfigFor(url: string): KubeConfig {
  const config = new KubeConfig();
  config.loadFromString(kubeConfigYaml(url));
  return config;
}
