import type { KubeApi } from '@pitlane/embedded-cluster/kube-api';

const FILL_DEADLINE_MS = 300_000;

/** Creates a Deployment `rng` of that many pods behind a Service, and waits until all are ready. */
export async function fill(api: KubeApi, namespace: string, size: number): Promise<void> {
  const labels = { app: 'rng' };
  await api.create('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  await api.create(`/api/v1/namespaces/${namespace}/services`, {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'rng' },
    spec: { selector: labels, ports: [{ port: 80 }] },
  });
  await deploySet(api, namespace, { name: 'rng', labels, size });
  await untilReady(api, namespace, 'rng', size);
}

/** Creates a Deployment of rng. */
export async function deploySet(
  api: KubeApi,
  namespace: string,
  { name, labels, size }: { name: string; labels: Readonly<Record<string, string>>; size: number },
): Promise<void> {
  await api.create(`/apis/apps/v1/namespaces/${namespace}/deployments`, {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, labels },
    spec: {
      replicas: size,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'rng', image: 'dockercoins/rng:v0.1' }] } },
    },
  });
}

export async function untilReady(api: KubeApi, namespace: string, name: string, size: number): Promise<void> {
  const path = `/apis/apps/v1/namespaces/${namespace}/deployments/${name}`;
  const deadline = Date.now() + FILL_DEADLINE_MS;
  for (;;) {
    const { status = {} } = await api.get<{ status?: { readyReplicas?: number } }>(path);
    if (status.readyReplicas === size) break;
    if (Date.now() > deadline)
      throw new Error(`${status.readyReplicas ?? 0} of ${size} pods are ready after ${FILL_DEADLINE_MS / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
