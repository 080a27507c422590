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
  isLeaving,
  isReady,
  type KubeEvent,
  nameOf,
  type Pod,
  type ReplicaSet,
  type Resource,
  type Service,
  type StatefulSet,
  type Thing,
} from './objects.ts';
import { until } from './until.ts';
import type { Watch } from './watch.ts';

const strategic = 'application/strategic-merge-patch+json';

/** One case's namespace: what the case makes there, and what it sees there. */
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

  /** A request whose refusal is of interest; `rest` is a name, or a name and a subresource. */
  ask<T = Refusal>(method: string, resource: Resource, rest = '', sent: Sent = {}): Promise<Answer<T>> {
    return this.cluster.http.exchange<T>(method, this.path(resource, rest), sent);
  }

  create<T = Thing>(resource: Resource, body: object): Promise<T> {
    return this.cluster.http.granted<T>('POST', this.path(resource), { body });
  }

  get<T = Thing>(resource: Resource, name: string): Promise<T> {
    return this.cluster.http.granted<T>('GET', this.path(resource, name));
  }

  async list<T = Thing>(resource: Resource, labelSelector = ''): Promise<T[]> {
    const { items } = await this.cluster.http.granted<{ items: T[] }>('GET', this.path(resource), {
      query: { labelSelector },
    });
    return items;
  }

  /** A merge patch, or a JSON Patch if the body is a list. */
  patch<T = Thing>(resource: Resource, rest: string, body: object): Promise<T> {
    return this.cluster.http.granted<T>('PATCH', this.path(resource, rest), { body });
  }

  patchStrategic<T = Thing>(resource: Resource, rest: string, body: object): Promise<T> {
    return this.cluster.http.granted<T>('PATCH', this.path(resource, rest), { body, contentType: strategic });
  }

  delete(resource: Resource, name: string, body?: object): Promise<unknown> {
    return this.cluster.http.granted('DELETE', this.path(resource, name), body === undefined ? {} : { body });
  }

  watch<T = Thing>(resource: Resource, query: Sent['query'] = {}, accept?: string): Promise<Watch<T>> {
    return this.cluster.http.watch<T>(this.path(resource), query, accept);
  }

  pod(part: PodPart = {}): Promise<Pod> {
    return this.create<Pod>('pods', manifests.pod(part, this.cluster.placement));
  }

  /** A pod that has become ready. */
  async readyPod(part: PodPart = {}): Promise<Pod> {
    const { metadata } = await this.pod(part);
    return this.untilPod('ready', metadata.name, isReady);
  }

  deployment(part: WorkloadPart = {}): Promise<Deployment> {
    const body = manifests.workload('Deployment', { replicas: 2, ...part }, this.cluster.placement);
    return this.create<Deployment>('deployments', body);
  }

  /** A ReplicaSet that no Deployment owns. */
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

  untilPod(what: string, name: string, isRight: (pod: Pod) => boolean): Promise<Pod> {
    return until(`${name} ${what}`, () => this.getPod(name), isRight);
  }

  untilPods(what: string, isRight: (pods: Pod[]) => boolean, labelSelector = ''): Promise<Pod[]> {
    return until(what, () => this.pods(labelSelector), isRight);
  }

  /** Exactly so many pods, all ready and none on its way out; by name. */
  async readyPods(count: number, labelSelector = ''): Promise<Pod[]> {
    const areRight = (pods: Pod[]) => pods.length === count && pods.every((pod) => isReady(pod) && !isLeaving(pod));
    const pods = await this.untilPods(`${count} ready pods`, areRight, labelSelector);
    return pods.sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  }

  untilGone(resource: Resource, name: string): Promise<unknown> {
    return until(
      `${name} gone`,
      () => this.ask('GET', resource, name),
      ({ status }) => status === 404,
    );
  }

  /** Labels on, or with null off, in one write. */
  label(pod: Pod | string, labels: Record<string, string | null>): Promise<Pod> {
    const name = typeof pod === 'string' ? pod : nameOf(pod);
    return this.patch<Pod>('pods', name, { metadata: { labels } });
  }

  fault(pod: Pod | string, text: string | undefined): void {
    this.cluster.kubelet.fault(`${this.name}/${typeof pod === 'string' ? pod : nameOf(pod)}`, text);
  }

  /** A pod that stays, but is not ready from now on; resolves once its status says so. */
  async makeUnready(pod: Pod): Promise<void> {
    this.fault(pod, 'not-ready');
    await this.untilPod('not ready', nameOf(pod), (seen) => !isReady(seen));
  }

  /**
   * All controllers read pods from one watch, in order (client-go, shared informers): once one of them has answered to the
   * last pod, none of them goes by an older state of the others.
   */
  async untilPodsAreSeen(): Promise<void> {
    const labels = { app: 'marker' };
    await this.replicaSet({ name: 'marker', labels, replicas: 0 });
    await this.pod({
      name: 'marker',
      labels,
      spec: { nodeName: 'played-by-nobody', terminationGracePeriodSeconds: 0 },
    });
    await this.untilGone('pods', 'marker');
  }

  slices(service = 'web'): Promise<EndpointSlice[]> {
    return this.list<EndpointSlice>('endpointslices', `kubernetes.io/service-name=${service}`);
  }

  async endpoints(service = 'web'): Promise<Endpoint[]> {
    return (await this.slices(service)).flatMap(({ endpoints }) => endpoints ?? []);
  }

  /** Waits until exactly these pods are listed as ready. */
  untilListed(names: readonly string[], service = 'web'): Promise<Endpoint[]> {
    const listed = (endpoints: Endpoint[]) =>
      endpoints
        .filter(({ conditions }) => conditions?.ready === true)
        .map(({ targetRef }) => targetRef?.name)
        .sort();
    const want = [...names].sort().join();
    return until(
      `exactly ${want || 'nobody'} listed as ready`,
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
