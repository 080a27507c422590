import type { KubeConfig } from '@kubernetes/client-node';
import { KubeApi, KubeApiError } from '../../client/kube-api.ts';
import { type Kubelet, type KubeletOptions, startKubelet } from '../kubelet.ts';
import type { Container, Pod } from '../pod.ts';

/** A cluster without nodes, embedded or real. */
export interface BareCluster {
  kubeConfig: KubeConfig | string;
  /** The kubelet's certificate for HTTPS. Default: the API server uses HTTP. */
  tls?: { cert: string; key: string };
  stop(): Promise<void>;
}

export type OpenCluster = () => Promise<BareCluster>;

const deadlineMs = 15_000;
const lookEveryMs = 25;

/** Polls until the value is right; fails with the last value. */
export async function until<T>(what: string, look: () => Promise<T> | T, isRight: (seen: T) => boolean): Promise<T> {
  const deadline = Date.now() + deadlineMs;
  for (;;) {
    const seen = await look();
    if (isRight(seen)) return seen;
    if (Date.now() > deadline) throw new Error(`not ${what} after ${deadlineMs / 1000} s; last seen: ${show(seen)}`);
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
  }
}

function show(seen: unknown): string {
  return seen instanceof Error ? seen.message : JSON.stringify(seen, undefined, 1);
}

/** A cluster with one kubelet. Each test uses its own namespace. */
export class Playground {
  readonly cluster: BareCluster;
  readonly kubelet: Kubelet;
  readonly api: KubeApi;
  #namespaces = 0;

  constructor(cluster: BareCluster, kubelet: Kubelet, api: KubeApi) {
    this.cluster = cluster;
    this.kubelet = kubelet;
    this.api = api;
  }

  static async open(openCluster: OpenCluster, options: Partial<KubeletOptions> = {}): Promise<Playground> {
    const cluster = await openCluster();
    const { kubeConfig, tls } = cluster;
    const kubelet = await startKubelet({ kubeConfig, tls, nodes: 2, ...options });
    return new Playground(cluster, kubelet, new KubeApi(kubeConfig));
  }

  async close(): Promise<void> {
    await this.kubelet.stop();
    this.api.close();
    await this.cluster.stop();
  }

  async namespace(): Promise<string> {
    this.#namespaces += 1;
    const name = `case-${this.#namespaces}`;
    await this.api.create('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    return name;
  }

  /** By default the pod has one container `app` that echoes. */
  async createPod(
    namespace: string,
    name: string,
    { container = {}, spec = {}, metadata = {} }: PodDetails = {},
  ): Promise<Pod> {
    const containers = [{ name: 'app', image: 'example/app:v1', ...container }];
    const body = { apiVersion: 'v1', kind: 'Pod', metadata: { name, ...metadata }, spec: { containers, ...spec } };
    const create = () => this.api.create<Pod>(podsPath(namespace), body).catch(ifNoServiceAccount);
    const created = await until('created', create, (answer) => !(answer instanceof Error));
    return created as Pod;
  }

  pod(namespace: string, name: string): Promise<Pod> {
    return this.api.get<Pod>(`${podsPath(namespace)}/${name}`);
  }

  pods(namespace: string, labelSelector = ''): Promise<Pod[]> {
    return this.api.get<{ items: Pod[] }>(podsPath(namespace), { labelSelector }).then(({ items }) => items);
  }

  untilPod(what: string, namespace: string, name: string, isRight: (pod: Pod) => boolean): Promise<Pod> {
    return until(what, () => this.pod(namespace, name), isRight);
  }

  async readyPod(namespace: string, name: string, details?: PodDetails): Promise<Pod> {
    await this.createPod(namespace, name, details);
    return this.untilPod('ready', namespace, name, isReady);
  }

  annotate(namespace: string, name: string, annotations: Record<string, string | null>): Promise<Pod> {
    return this.api.patch(`${podsPath(namespace)}/${name}`, { metadata: { annotations } });
  }

  deletePod(namespace: string, name: string): Promise<unknown> {
    return this.api.delete(`${podsPath(namespace)}/${name}`, {});
  }

  /** The Events of a pod as `reason message`. */
  async events(namespace: string, name: string): Promise<string[]> {
    const path = `/api/v1/namespaces/${namespace}/events`;
    interface Event {
      involvedObject: { name: string };
      reason: string;
      message: string;
    }
    const { items } = await this.api.get<{ items: Event[] }>(path);
    const own = items.filter(({ involvedObject }) => involvedObject.name === name);
    return own.map(({ reason, message }) => `${reason} ${message}`);
  }

  /** The output or error of `kubectl logs`. */
  async logs(namespace: string, name: string, query: Record<string, string> = {}): Promise<string> {
    try {
      const stream = await this.api.stream(`${podsPath(namespace)}/${name}/log`, { container: 'app', ...query });
      let text = '';
      for await (const chunk of stream.setEncoding('utf8')) text += chunk;
      return text;
    } catch (error) {
      if (error instanceof KubeApiError) return error.message.replace(/^GET \S+: /, '');
      throw error;
    }
  }
}

export interface PodDetails {
  /** Merged into the only container. */
  container?: Partial<Container>;
  spec?: Partial<Pod['spec']>;
  metadata?: Partial<Pod['metadata']>;
}

export function podsPath(namespace: string): string {
  return `/api/v1/namespaces/${namespace}/pods`;
}

export function isReady(pod: Pod): boolean {
  return pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
}

/** A real cluster refuses pods until a controller has created the namespace's ServiceAccount. */
function ifNoServiceAccount(error: unknown): Error {
  if (error instanceof KubeApiError && error.status === 403) return error;
  throw error;
}
