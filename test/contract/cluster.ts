import { randomBytes } from 'node:crypto';
import { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import { type Kubelet, startKubelet } from '@pitlane/embedded-cluster/kubelet';
import type { NodeOptions } from '@pitlane/embedded-cluster/kubelet/nodes';
import { type Connection, connectionTo } from '../../pitlane/cluster/connection.ts';
import { createPitlane } from '../../pitlane/operate/pitlane.ts';
import { Http } from './http.ts';
import type { Placement } from './manifests.ts';
import { Space } from './space.ts';
import { until } from './until.ts';

const SOURCE = { connectionTo, createPitlane };

/** A cluster to test, with an API server and controllers. Our kubelet adds the nodes. */
export interface ClusterSource {
  kubeConfig: KubeConfig | string;
  /** Pitlane as it is bundled; absent: from source. */
  pitlane?: typeof SOURCE;
  /** The kubelet serves HTTPS with it; absent: the API server calls the kubelet by HTTP. */
  tls?: { cert: string; key: string };
  /** The cluster has other nodes. Ours have a label and a taint, and are deleted at the end. */
  isShared?: boolean;
  /**
   * Writes in the namespace until the server has forgotten the first versions of a resource, and returns its path. Absent:
   * the suite creates a custom resource instead, because the server knows no version of it from before its creation.
   */
  forget?(namespace: string): Promise<string>;
  stop(): Promise<void>;
}

const taint = 'pitlane.dev/imitated';
const CUSTOM_RESOURCES = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

export class TestCluster {
  readonly kubeConfig: KubeConfig;
  readonly http: Http;
  /** Pitlane's, the same for all cases. */
  readonly connection: Connection;
  /** For the crews: from source, or as it is bundled. */
  readonly pitlane: { readonly connection: Connection; readonly create: typeof createPitlane };
  readonly kubelet: Kubelet;
  /** Part of every pod spec, so that pods run on our nodes. */
  readonly placement: Placement;
  readonly nodeNames: readonly string[];
  readonly #source: ClusterSource;
  /** Keeps the namespaces of several runs on one cluster apart. */
  readonly #run = randomBytes(3).toString('hex');
  readonly #done = new Map<string, Promise<void>>();
  readonly #deletedAtEnd: string[] = [];
  #namespaces = 0;

  constructor(source: ClusterSource, parts: Pick<TestCluster, 'kubeConfig' | 'kubelet' | 'placement' | 'nodeNames'>) {
    this.#source = source;
    this.kubeConfig = parts.kubeConfig;
    this.kubelet = parts.kubelet;
    this.placement = parts.placement;
    this.nodeNames = parts.nodeNames;
    this.http = new Http(parts.kubeConfig);
    this.connection = connectionTo(parts.kubeConfig);
    const pitlane = source.pitlane ?? SOURCE;
    this.pitlane = { connection: pitlane.connectionTo(parts.kubeConfig), create: pitlane.createPitlane };
  }

  static async open(source: ClusterSource): Promise<TestCluster> {
    const kubeConfig = configOf(source.kubeConfig);
    const { isShared = false, tls } = source;
    const nodes = [1, 2, 3].map((number) => nodeOf(number, isShared));
    const kubelet = await startKubelet({ kubeConfig, nodes, ...(tls && { tls }) });
    const placement: Placement = isShared
      ? { nodeSelector: { [taint]: 'yes' }, tolerations: [{ key: taint, operator: 'Exists' }] }
      : {};
    return new TestCluster(source, { kubeConfig, kubelet, placement, nodeNames: nodes.map(({ name }) => name) });
  }

  async close(): Promise<void> {
    for (const path of this.#deletedAtEnd) await this.http.exchange('DELETE', path);
    if (this.#source.isShared) await this.#cleanUp();
    await this.kubelet.stop();
    this.http.close();
    await this.#source.stop();
  }

  /** Creates a namespace that is ready for pods. */
  async space(): Promise<Space> {
    this.#namespaces += 1;
    const name = `contract-${this.#run}-${this.#namespaces}`;
    const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: { [taint]: this.#run } } };
    await this.http.granted('POST', '/api/v1/namespaces', { body });
    // A controller creates it; until then admission refuses every pod.
    const path = `/api/v1/namespaces/${name}/serviceaccounts/default`;
    await until(
      'default service account',
      () => this.http.exchange('GET', path),
      ({ status }) => status === 200,
    );
    return new Space(this, name);
  }

  /** The path of objects whose first versions the server no longer knows. */
  async forgottenPath(namespace: string): Promise<string> {
    if (this.#source.forget !== undefined) return this.#source.forget(namespace);
    const group = `contract-${this.#run}.pitlane.dev`;
    const path = `/apis/${group}/v1/namespaces/${namespace}/marks`;
    const version = { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } };
    await this.http.granted('POST', CUSTOM_RESOURCES, {
      body: {
        apiVersion: 'apiextensions.k8s.io/v1',
        kind: 'CustomResourceDefinition',
        metadata: { name: `marks.${group}` },
        spec: { group, scope: 'Namespaced', names: { plural: 'marks', kind: 'Mark' }, versions: [version] },
      },
    });
    this.deleteAtEnd(`${CUSTOM_RESOURCES}/marks.${group}`);
    await until(
      'served',
      () => this.http.exchange('GET', path),
      ({ status }) => status === 200,
    );
    return path;
  }

  /** Does what several cases need only once. */
  once(what: string, task: () => Promise<void>): Promise<void> {
    const done = this.#done.get(what) ?? task();
    this.#done.set(what, done);
    return done;
  }

  /** The path of an object that belongs to no namespace of a case. */
  deleteAtEnd(path: string): void {
    this.#deletedAtEnd.push(path);
  }

  /** Frees the nodes for the next cases. */
  async remove(space: Space): Promise<void> {
    await this.http.exchange('DELETE', `/api/v1/namespaces/${space.name}`);
  }

  /** Runs while the kubelet still works, so that the pods can end. */
  async #cleanUp(): Promise<void> {
    const query = { labelSelector: `${taint}=${this.#run}` };
    const remaining = () => this.http.granted<{ items: unknown[] }>('GET', '/api/v1/namespaces', { query });
    await until('all namespaces of this run gone', remaining, ({ items }) => items.length === 0, 120_000);
    for (const name of this.nodeNames) await this.http.exchange('DELETE', `/api/v1/nodes/${name}`);
  }
}

function nodeOf(number: number, isShared: boolean): NodeOptions {
  const capacity = { cpu: '64', memory: '64Gi', pods: '500' };
  if (!isShared) return { name: `node-${number}`, capacity };
  return {
    name: `pitlane-imitated-${number}`,
    capacity,
    labels: { [taint]: 'yes' },
    taints: [{ key: taint, effect: 'NoSchedule' }],
  };
}

function configOf(given: KubeConfig | string): KubeConfig {
  if (typeof given !== 'string') return given;
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromFile(given);
  return kubeConfig;
}
