import { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import { stringify } from 'yaml';
import type { Ask } from './ask.ts';
import { answerTo } from './client/kube-api.ts';

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

/** One request as Pitlane's connections send it, and its answer. */
type Http = (request: {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  readonly signal: AbortSignal;
}) => Promise<{ status: number; headers: Record<string, string | string[]>; body: AsyncIterable<Uint8Array> }>;

/** For Pitlane's connections: requests reach the API server of this process without sockets. */
export function kubeConfigInProcess(url: string, ask: Ask): KubeConfig & { readonly http: Http } {
  const http: Http = async ({ url, method, headers: sent, body: text = '', signal }) => {
    const { pathname, search } = new URL(url);
    const headers = Object.fromEntries(Object.entries(sent).map(([name, value]) => [name.toLowerCase(), value]));
    const asked = { method, url: `${pathname}${search}`, headers, body: Buffer.from(text) };
    const answer = await answerTo(ask, asked, signal);
    return { status: answer.statusCode, headers: answer.headers, body: answer };
  };
  return Object.assign(kubeConfigFor(url), { http });
}
