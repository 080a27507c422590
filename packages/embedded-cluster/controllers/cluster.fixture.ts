import { onTestFinished } from 'vitest';
import type { Api, KubeObject, NewObject } from '../api/api.ts';
import { kindOf } from '../api/kinds.ts';
import { asPod, isTerminal, type Pod } from '../api/pod.ts';
import { timestamp } from '../api/time.ts';
import { newCluster } from '../api-server/cluster.ts';
import { apiOf } from '../api-server/in-process.ts';
import { startControllers } from './start.ts';

const start = Date.parse('2026-03-01T03:12:07Z');

/** True for pods that the test's kubelet makes ready. The others run without becoming ready. */
type Readiness = (pod: Pod) => boolean;

export interface TestCluster {
  api: Api;
  clock: { now: number };
  /** Resolves when controllers and kubelet have nothing left to do. */
  settled(): Promise<void>;
  /** Advances the clock and wakes the controllers that wait for it. */
  pass(seconds: number): Promise<void>;
  pods(labels?: Record<string, string>): Pod[];
  get(resource: string, name: string): KubeObject;
  apply(resource: string, object: object): KubeObject;
  /** A merge patch. All methods use the namespace default. */
  patch(resource: string, name: string, patch: object): KubeObject;
  remove(resource: string, name: string, propagationPolicy?: 'Background' | 'Foreground' | 'Orphan'): void;
  /** The messages of the Events with this reason, oldest first. */
  eventMessages(reason: string): string[];
  readiness: Readiness;
}

/** A cluster with nodes, all controllers, and a kubelet that starts and stops pods at once. */
export function newTestCluster({ nodes = ['node-1', 'node-2', 'node-3'], seed = 1 } = {}): TestCluster {
  const clock = { now: start };
  const api = apiOf(newCluster({ now: () => clock.now, seed }));
  const bugs: unknown[] = [];
  for (const name of nodes) api.create('nodes', node(name));
  const controllers = startControllers(api, (_controller, _key, error) => bugs.push(error));
  const kubelet = startKubelet(api, () => cluster.readiness);
  onTestFinished(() => {
    kubelet.stop();
    controllers.stop();
  });

  const cluster: TestCluster = {
    api,
    clock,
    readiness: () => true,
    async settled() {
      do await controllers.settled();
      while (kubelet.work());
      if (bugs.length > 0) throw new AggregateError(bugs, `controllers failed: ${bugs.map(String).join('; ')}`);
    },
    async pass(seconds) {
      clock.now += seconds * 1000;
      controllers.wake();
      await cluster.settled();
    },
    pods: (labels = {}) =>
      api
        .list('pods', 'default')
        .map(asPod)
        .filter((pod) => Object.entries(labels).every(([key, value]) => pod.metadata.labels?.[key] === value)),
    get(resource, name) {
      const found = api.get(resource, namespaceOf(resource), name);
      if (found === undefined) throw new Error(`there is no ${resource} ${name}`);
      return found;
    },
    apply: (resource, object) => api.create(resource, object as NewObject),
    patch: (resource, name, patch) => api.mergePatch(resource, namespaceOf(resource), name, patch),
    remove: (resource, name, propagationPolicy = 'Background') =>
      api.delete(resource, namespaceOf(resource), name, { propagationPolicy }),
    eventMessages: (reason) =>
      [...api.list('events', 'default')]
        .filter((event) => event.reason === reason)
        .sort((a, b) => Number(a.metadata.resourceVersion) - Number(b.metadata.resourceVersion))
        .map((event) => event.message),
  };
  return cluster;
}

function namespaceOf(resource: string): string | undefined {
  return kindOf(resource).namespaced ? 'default' : undefined;
}

export function node(name: string, changes: { labels?: object; spec?: object; allocatable?: object } = {}): NewObject {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { 'kubernetes.io/hostname': name, ...changes.labels } },
    spec: { ...changes.spec },
    status: {
      allocatable: { cpu: '4', memory: '8Gi', pods: '110', ...changes.allocatable },
      conditions: [{ type: 'Ready', status: 'True' }],
    },
  } as NewObject;
}

const template = (labels: object) => ({
  metadata: { labels },
  spec: { containers: [{ name: 'rng', image: 'dockercoins/rng:v0.1', ports: [{ name: 'http', containerPort: 80 }] }] },
});

interface WorkloadChanges {
  name?: string;
  labels?: Record<string, string>;
  spec?: object;
  podSpec?: object;
}

/** A workload named rng that selects app=rng; merges `spec` in. */
export function workload(
  kind: string,
  { name = 'rng', labels = { app: 'rng' }, spec = {}, podSpec = {} }: WorkloadChanges = {},
): object {
  const pod = template(labels);
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name, namespace: 'default', labels },
    spec: { selector: { matchLabels: labels }, template: { ...pod, spec: { ...pod.spec, ...podSpec } }, ...spec },
  };
}

export function service(
  changes: { name?: string; selector?: object | null; spec?: object; labels?: object } = {},
): object {
  const { name = 'rng', selector = { app: 'rng' }, spec = {}, labels = {} } = changes;
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'default', labels },
    spec: { ...(selector && { selector }), ports: [{ port: 80, targetPort: 80 }], ...spec },
  };
}

export function barePod(name: string, changes: { metadata?: object; spec?: object } = {}): object {
  const pod = template({ app: 'rng' });
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', ...pod.metadata, ...changes.metadata },
    spec: { ...pod.spec, ...changes.spec },
  };
}

/** Overwrites parts of a pod's status. */
export function setStatus(api: Api, pod: KubeObject, status: object): void {
  const { namespace, name } = pod.metadata;
  api.mergePatch('pods', namespace, name, { status }, { subresource: 'status' });
}

export function readyCondition(isTrue: boolean, sinceMs: number): object {
  return { type: 'Ready', status: isTrue ? 'True' : 'False', lastTransitionTime: timestamp(sinceMs) };
}

interface Kubelet {
  /** Returns false when there was nothing to do. */
  work(): boolean;
  stop(): void;
}

function startKubelet(api: Api, readiness: () => Readiness): Kubelet {
  const changed = new Set<string>();
  let lastAddress = 0;
  const unsubscribe = api.subscribe(({ resource, object }) => {
    if (resource === 'pods') changed.add(object.metadata.name);
  });

  function work(): boolean {
    const names = [...changed];
    changed.clear();
    return names.map((name) => workOn(name)).some(Boolean);
  }

  function workOn(name: string): boolean {
    const found = api.get('pods', 'default', name);
    if (found === undefined || !found.spec.nodeName) return false;
    const pod = asPod(found);
    if (pod.metadata.deletionTimestamp !== undefined) {
      if (pod.metadata.deletionGracePeriodSeconds === 0) return false;
      api.delete('pods', 'default', name, { gracePeriodSeconds: 0 });
      return true;
    }
    if (isTerminal(pod) || pod.status.phase === 'Running') return false;
    lastAddress++;
    const ip = `10.244.${lastAddress >> 8}.${lastAddress & 255}`;
    const conditions = [readyCondition(readiness()(pod), api.now())];
    setStatus(api, pod, { phase: 'Running', podIP: ip, podIPs: [{ ip }], conditions, startTime: timestamp(api.now()) });
    return true;
  }

  return { work, stop: unsubscribe };
}
