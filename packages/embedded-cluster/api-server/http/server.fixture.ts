import type { V1Deployment } from '@kubernetes/client-node';
import { afterEach, beforeEach } from 'vitest';
import { type EmbeddedCluster, type EmbeddedClusterOptions, startEmbeddedCluster } from '../../start.ts';

export interface Answer {
  code: number;
  warning: string | null;
  // biome-ignore lint/suspicious/noExplicitAny: answers have any shape
  body: any;
}

/** Starts a cluster for each test of the file, without controllers and nodes, at 03:12:07. */
export function useCluster(options: EmbeddedClusterOptions = {}) {
  let cluster: EmbeddedCluster;
  beforeEach(async () => {
    const now = () => Date.parse('2026-03-01T03:12:07Z');
    cluster = await startEmbeddedCluster({ kubelet: false, controllers: false, now, ...options });
  });
  afterEach(() => cluster.stop());

  /** Sends a plain request, to see the server's exact answer. */
  async function ask(method: string, path: string, body?: unknown, headers: object = {}): Promise<Answer> {
    const answer = await fetch(`${cluster.server}${path}`, {
      method,
      headers: { 'Content-Type': 'application/json', ...headers },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await answer.text();
    const isJson = answer.headers.get('content-type')?.startsWith('application/json');
    return { code: answer.status, warning: answer.headers.get('warning'), body: isJson ? JSON.parse(text) : text };
  }
  return { cluster: () => cluster, ask };
}

export const pods = '/api/v1/namespaces/default/pods';
export const deployments = '/apis/apps/v1/namespaces/default/deployments';

export const jsonPatch = { 'Content-Type': 'application/json-patch+json' };
export const mergePatch = { 'Content-Type': 'application/merge-patch+json' };
export const strategicPatch = { 'Content-Type': 'application/strategic-merge-patch+json' };

export function pod(name: string, labels: Record<string, unknown> = { app: 'rng' }) {
  const spec = { containers: [{ name: 'rng', image: 'rng:1' }] };
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, labels }, spec };
}

export function deployment(spec: object = {}): V1Deployment {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'rng' },
    spec: {
      selector: { matchLabels: { app: 'rng' } },
      template: { metadata: { labels: { app: 'rng' } }, spec: { containers: [{ name: 'rng', image: 'rng:1' }] } },
      ...spec,
    },
  };
}
