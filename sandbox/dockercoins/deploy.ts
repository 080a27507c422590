import type { KubeConfig, KubernetesObject, V1Deployment } from '@kubernetes/client-node';
import { follow } from '@pitlane/embedded-cluster/follow';
import { isTaken, KubeApi } from '@pitlane/embedded-cluster/kube-api';
import { dockerCoins } from './manifests.ts';

export interface DeployOptions {
  /** An object, or the path of a kubeconfig file. */
  kubeConfig: KubeConfig | string;
  /** Created when it is missing. Default: dockercoins. */
  namespace?: string;
  /** Default: 4. */
  rngReplicas?: number;
  /** How long to wait for all pods to be available. Default: 60000. */
  timeoutMs?: number;
}

/** Applies DockerCoins and resolves once all its Deployments are available. */
export async function deployDockerCoins(options: DeployOptions): Promise<void> {
  const { namespace = 'dockercoins', rngReplicas = 4, timeoutMs = 60_000 } = options;
  const api = new KubeApi(options.kubeConfig);
  try {
    const { deployments, services } = dockerCoins(rngReplicas);
    await apply(api, '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
    for (const service of services) await apply(api, `/api/v1/namespaces/${namespace}/services`, service);
    const path = `/apis/apps/v1/namespaces/${namespace}/deployments`;
    for (const deployment of deployments) await apply(api, path, deployment);
    await untilAvailable(api, path, new Set(deployments.map(({ metadata }) => metadata?.name ?? '')), timeoutMs);
  } finally {
    api.close();
  }
}

async function apply(api: KubeApi, path: string, object: KubernetesObject): Promise<void> {
  try {
    await api.create(path, object);
  } catch (error) {
    if (!isTaken(error)) throw error;
    await api.patch(`${path}/${object.metadata?.name}`, object);
  }
}

type Deployment = V1Deployment & { metadata: { name: string; resourceVersion?: string } };

async function untilAvailable(api: KubeApi, path: string, names: Set<string>, timeoutMs: number): Promise<void> {
  const seen = new Map<string, Deployment>();
  const { promise: available, resolve, reject } = Promise.withResolvers<void>();
  const stopping = new AbortController();
  const timer = setTimeout(() => {
    const states = [...names].map((name) => `${name} ${availability(seen.get(name))}`);
    reject(new Error(`not all of DockerCoins is available after ${timeoutMs / 1000} s: ${states.join(', ')}`));
  }, timeoutMs);
  const see = (deployment: Deployment) => {
    seen.set(deployment.metadata.name, deployment);
    if ([...names].every((name) => isAvailable(seen.get(name)))) resolve();
  };
  const following = follow<Deployment>({
    api,
    path,
    onList: (deployments) => deployments.forEach(see),
    onEvent: (type, deployment) => (type === 'DELETED' ? seen.delete(deployment.metadata.name) : see(deployment)),
    signal: stopping.signal,
  });
  // The end of the follower rejects only while this still waits.
  following.catch((error: Error) => reject(error));
  try {
    await available;
  } finally {
    clearTimeout(timer);
    stopping.abort();
  }
}

function isAvailable(deployment: Deployment | undefined): boolean {
  if (deployment === undefined) return false;
  const { spec, status = {}, metadata } = deployment;
  const replicas = spec?.replicas ?? 1;
  const isSeen = (status.observedGeneration ?? 0) >= (metadata.generation ?? 0);
  const isCurrent = status.updatedReplicas === replicas && status.replicas === replicas;
  return isSeen && isCurrent && status.availableReplicas === replicas;
}

function availability(deployment: Deployment | undefined): string {
  return `${deployment?.status?.availableReplicas ?? 0} of ${deployment?.spec?.replicas ?? 1}`;
}
