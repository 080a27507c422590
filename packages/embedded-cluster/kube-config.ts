import { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import { stringify } from 'yaml';

/** Of the cluster, in every kubeconfig of the embedded one. */
export const clusterName = 'pitlane-sandbox';

/**
 * How clients reach the server. client-node takes plain HTTP only from who says that TLS need not be verified; kubectl
 * ignores that for HTTP. The token is there because kubectl asks for a password when it has nothing to show.
 */
function configOf(url: string) {
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: clusterName, cluster: { server: url, 'insecure-skip-tls-verify': true } }],
    users: [{ name: clusterName, user: { token: 'sandbox' } }],
    contexts: [{ name: clusterName, context: { cluster: clusterName, user: clusterName, namespace: 'default' } }],
    'current-context': clusterName,
  };
}

export function kubeConfigYaml(url: string): string {
  return stringify(configOf(url));
}

export function kubeConfigFor(url: string): KubeConfig {
  const config = new KubeConfig();
  config.loadFromString(kubeConfigYaml(url));
  return config;
}
