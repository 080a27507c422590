import type { TestCluster } from './cluster.ts';
import type { Answer, Refusal, Sent } from './http.ts';
import type { Labels, PodPart, WorkloadPart } from './manifests.ts';
import * as manifests from './manifests.ts';
import {
  type Budget,
  type DaemonSet,
  type Deployment,
  type Endpoint,
  type EndpointSlice,
  groupVersions,
  isReady,
  isTerminating,
  type Job,
  type KubeEvent,
  type KubeObject,
  nameOf,
  ownerOf,
  type Pod,
  type ReplicaSet,
  type Resource,
  type Service,
  type StatefulSet,
} from './objects.ts';
import { until } from './until.ts';
import type { Watch } from './watch.ts';

const strategic = 'application/strategic-merge-patch+json';

/** The namespace of one case, with builders and waits. */
export class Space {
  readonly cluster: TestCluster;
  readonly name: string;

  constructor(cluster: TestCluster, name: string) {
    this.cluster = cluster;
    this.name = name;
  }

  path(resource: Resource, rest = ''): string {
    return `/${groupVersions[resource]}/namespaces/${this.name}/${resource}${rest && `/${rest}`}`;
  }

  /** Returns refusals as answers too; `rest` is a name, or a name and a subresource. */
  ask<T = Refusal>(method: string, resource: Resource, rest = '', sent: Sent = {}): Promise<Answer<T>> {
    return this.cluster.http.exchange<T>(method, this.path(resource, rest), sent);
  }

  create<T = KubeObject>(resource: Resource, body: object): Promise<T> {
    return this.cluster.http.granted<T>('POST', this.path(resource), { body });
  }

  get<T = KubeObject>(resource: Resource, name: string): Promise<T> {
    return this.cluster.http.granted<T>('GET', this.path(resource, name));
  }

  async list<T = KubeObject>(resource: Resource, labelSelector = ''): Promise<T[]> {
    const { items } = await this.cluster.http.granted<{ items: T[] }>('GET', this.path(resource), {
      query: { labelSelector },
    });
    return items;
  }

  /** A merge patch, or a JSON Patch if the body is a list. */
  patch<T = KubeObject>(resource: Resource, rest: string, body: object): Promise<T> {
    return this.cluster.http.granted<T>('PATCH', this.path(resource, rest), { body });
  }

  patchStrategic<T = KubeObject>(resource: Resource, rest: string, body: object): Promise<T> {
    return this.cluster.http.granted<T>('PATCH', this.path(resource, rest), { body, contentType: strategic });
  }

  delete(resource: Resource, name: string, body?: object): Promise<unknown> {
    return this.cluster.http.granted('DELETE', this.path(resource, name), body === undefined ? {} : { body });
  }

  watch<T = KubeObject>(resource: Resource, query: Sent['query'] = {}, accept?: string): Promise<Watch<T>> {
    return this.cluster.http.watch<T>(this.path(resource), query, accept);
  }

  pod(part: PodPart = {}): Promise<Pod> {
    return this.create<Pod>('pods', manifests.pod(part, this.cluster.placement));
  }

  /** A pod on a node without a kubelet: its status changes only by the case, and a DELETE removes it at once. */
  idlePod(part: PodPart = {}): Promise<Pod> {
    const spec = { nodeName: manifests.nodeWithoutKubelet, terminationGracePeriodSeconds: 0, ...part.spec };
    return this.pod({ ...part, spec });
  }

  /** Resolves once the pod is ready. */
  async readyPod(part: PodPart = {}): Promise<Pod> {
    const { metadata } = await this.pod(part);
    return this.untilPod('ready', metadata.name, isReady);
  }

  deployment(part: WorkloadPart = {}): Promise<Deployment> {
    const body = manifests.workload('Deployment', { replicas: 2, ...part }, this.cluster.placement);
    return this.create<Deployment>('deployments', body);
  }

  /** A ready pod that is not from a template. */
  canary(...ownerReferences: object[]): Promise<Pod> {
    return this.readyPod({ name: 'canary', metadata: { ownerReferences } });
  }

  /** A ReplicaSet without a Deployment. */
  replicaSet(part: WorkloadPart = {}): Promise<ReplicaSet> {
    const body = manifests.workload('ReplicaSet', { replicas: 2, ...part }, this.cluster.placement);
    return this.create<ReplicaSet>('replicasets', body);
  }

  daemonSet(part: WorkloadPart = {}): Promise<DaemonSet> {
    return this.create<DaemonSet>('daemonsets', manifests.workload('DaemonSet', part, this.cluster.placement));
  }

  statefulSet(part: WorkloadPart = {}): Promise<StatefulSet> {
    const body = manifests.workload(
      'StatefulSet',
      { replicas: 2, ...part, workload: { serviceName: 'web', ...part.workload } },
      this.cluster.placement,
    );
    return this.create<StatefulSet>('statefulsets', body);
  }

  replicationController(replicas: number): Promise<KubeObject> {
    return this.create('replicationcontrollers', manifests.replicationController(replicas, this.cluster.placement));
  }

  job(part: Parameters<typeof manifests.job>[0] = {}): Promise<Job> {
    return this.create<Job>('jobs', manifests.job(part, this.cluster.placement));
  }

  service(part: Parameters<typeof manifests.service>[0] = {}): Promise<Service> {
    return this.create<Service>('services', manifests.service(part));
  }

  budget(spec: object, part: { name?: string; labels?: Labels } = {}): Promise<Budget> {
    return this.create<Budget>('poddisruptionbudgets', manifests.budget(spec, part));
  }

  getPod(name: string): Promise<Pod> {
    return this.get<Pod>('pods', name);
  }

  pods(labelSelector = ''): Promise<Pod[]> {
    return this.list<Pod>('pods', labelSelector);
  }

  untilObject<T>(what: string, resource: Resource, isRight: (object: T) => boolean, name = 'web'): Promise<T> {
    return until(`${name} ${what}`, () => this.get<T>(resource, name), isRight);
  }

  untilPod(what: string, name: string, isRight: (pod: Pod) => boolean): Promise<Pod> {
    return this.untilObject(what, 'pods', isRight, name);
  }

  untilReleased(pod: Pod | string): Promise<Pod> {
    return this.untilPod('released', nameIn(pod), (seen) => ownerOf(seen) === undefined);
  }

  /** `owner`: such as `ReplicaSet/web`. */
  untilAdopted(pod: Pod | string, owner: string | undefined): Promise<Pod> {
    return this.untilPod(`adopted by ${owner}`, nameIn(pod), (seen) => ownerOf(seen) === owner);
  }

  untilPods(what: string, isRight: (pods: Pod[]) => boolean, labelSelector = ''): Promise<Pod[]> {
    return until(what, () => this.pods(labelSelector), isRight);
  }

  /** Waits for exactly so many pods, all ready and none terminating; sorted by name. */
  async readyPods(count: number, labelSelector = ''): Promise<[Pod, ...Pod[]]> {
    const areRight = (pods: Pod[]) => pods.length === count && pods.every((pod) => isReady(pod) && !isTerminating(pod));
    const pods = await this.untilPods(`${count} ready pods`, areRight, labelSelector);
    return pods.sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1)) as [Pod, ...Pod[]];
  }

  /** Waits for exactly so many pods, all ready and listed by the Service; sorted by name. */
  async podsInRotation(count: number): Promise<[Pod, ...Pod[]]> {
    const pods = await this.readyPods(count);
    await this.untilListed(pods.map(nameOf));
    return pods;
  }

  untilGone(resource: Resource, name: string): Promise<unknown> {
    return until(
      `${name} gone`,
      () => this.ask('GET', resource, name),
      ({ status }) => status === 404,
    );
  }

  /** Sets labels, or removes those that are null, in one write. */
  label(pod: Pod | string, labels: Record<string, string | null>): Promise<Pod> {
    return this.patch<Pod>('pods', nameIn(pod), { metadata: { labels } });
  }

  /** A finalizer keeps the pod in the cluster after a DELETE. */
  addFinalizer(pod: Pod): Promise<Pod> {
    return this.patch<Pod>('pods', nameOf(pod), { metadata: { finalizers: ['example.com/hold'] } });
  }

  removeFinalizers(pod: Pod | string): Promise<Pod> {
    return this.patch<Pod>('pods', nameIn(pod), { metadata: { finalizers: null } });
  }

  fault(pod: Pod | string, text: string | undefined): void {
    this.cluster.kubelet.fault(`${this.name}/${nameIn(pod)}`, text);
  }

  /** Resolves once the pod is no longer ready. */
  async makeUnready(pod: Pod): Promise<void> {
    this.fault(pod, 'not-ready');
    await this.untilPod('not ready', nameOf(pod), (seen) => !isReady(seen));
  }

  /**
   * Waits until the controllers have seen every pod that exists now. All controllers read pods from one watch, in order
   * (shared informers of client-go): once one of them has reacted to a new pod, all have seen the earlier ones.
   */
  async untilPodsAreSeen(): Promise<void> {
    const labels = { app: 'marker' };
    await this.replicaSet({ name: 'marker', labels, replicas: 0 });
    await this.idlePod({ name: 'marker', labels });
    await this.untilGone('pods', 'marker');
    await this.delete('replicasets', 'marker');
  }

  slices(service = 'web'): Promise<EndpointSlice[]> {
    return this.list<EndpointSlice>('endpointslices', `kubernetes.io/service-name=${service}`);
  }

  untilSlices(what: string, isRight: (slices: EndpointSlice[]) => boolean, service = 'web'): Promise<EndpointSlice[]> {
    return until(what, () => this.slices(service), isRight);
  }

  async endpoints(service = 'web'): Promise<Endpoint[]> {
    return (await this.slices(service)).flatMap(({ endpoints }) => endpoints ?? []);
  }

  /** Waits until the Service lists exactly these pods as ready. */
  untilListed(names: readonly string[], service = 'web'): Promise<Endpoint[]> {
    const listed = (endpoints: Endpoint[]) =>
      endpoints
        .filter(({ conditions }) => conditions?.ready === true)
        .map(({ targetRef }) => targetRef?.name)
        .sort();
    const want = [...names].sort().join();
    return until(
      `listed as ready: ${want || 'no pod'}`,
      () => this.endpoints(service),
      (seen) => listed(seen).join() === want,
    );
  }

  /** `reason: message` of each Event on an object. */
  async eventsOn(kind: string, name: string): Promise<string[]> {
    const events = await this.list<KubeEvent>('events');
    return events
      .filter(({ involvedObject }) => involvedObject.kind === kind && involvedObject.name === name)
      .map(({ reason, message }) => `${reason}: ${message}`);
  }

  untilEvent(kind: string, name: string, text: string): Promise<string[]> {
    return until(
      `event "${text}" on ${kind} ${name}`,
      () => this.eventsOn(kind, name),
      (seen) => seen.some((event) => event.includes(text)),
    );
  }
}

function nameIn(pod: Pod | string): string {
  return typeof pod === 'string' ? pod : nameOf(pod);
}
