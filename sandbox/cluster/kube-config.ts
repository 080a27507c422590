import { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import { stringify } from 'yaml';

const name = 'pitlane-sandbox';

/**
 * How clients reach the server. client-node takes plain HTTP only from who says that TLS need not be verified; kubectl
 * ignores that for HTTP. The token is there because kubectl asks for a password when it has nothing to show.
 */
function configOf(url: string) {
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server: url, 'insecure-skip-tls-verify': true } }],
    users: [{ name, user: { token: 'sandbox' } }],
    contexts: [{ name, context: { cluster: name, user: name, namespace: 'default' } }],
    'current-context': name,
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
