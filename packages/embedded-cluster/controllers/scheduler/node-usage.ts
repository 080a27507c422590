import type { ApiEvent, KubeObject } from '../../api/api.ts';
import { asPod, isTerminal, type Pod } from '../../api/pod.ts';
import { type Resources, requestsOf } from '../../api/pod-requests.ts';
import { quantity } from '../../api/quantity.ts';
import { controllerOf, type Informers } from '../common/informers.ts';

/** The resources that the pods of a node take. */
export interface NodeUsage {
  requests: Resources;
  /** As `requests`, but a container without a request counts as 100m and 200 MB, so that such pods spread, too. */
  assumed: { cpu: number; memory: number };
  podCount: number;
  hostPorts: HostPort[];
  /** The number of pods by controller uid. */
  podsByController: Map<string, number>;
}

export interface HostPort {
  ip: string;
  protocol: string;
  port: number;
}

const assumedCpu = 0.1;
const assumedMemory = 200 * 1024 * 1024;

export class NodeUsages {
  readonly #informers: Informers;
  readonly #usages = new Map<string, NodeUsage>();

  constructor(informers: Informers) {
    this.#informers = informers;
  }

  /** Must get every event before the next call of `of`. */
  apply({ resource, object, previous }: ApiEvent): void {
    if (resource === 'nodes') this.#usages.delete(object.metadata.name);
    if (resource !== 'pods') return;
    const isSame = previous?.spec === object.spec && previous?.status?.phase === object.status?.phase;
    if (isSame) return;
    for (const pod of [previous, object]) if (pod?.spec.nodeName) this.#usages.delete(pod.spec.nodeName);
  }

  podsOn(node: string): Pod[] {
    return Array.from(this.#informers.podsOnNode(node), asPod).filter((pod) => !isTerminal(pod));
  }

  of(node: string): NodeUsage {
    let usage = this.#usages.get(node);
    if (usage === undefined) {
      usage = usageOf(this.podsOn(node));
      this.#usages.set(node, usage);
    }
    return usage;
  }
}

/** What these pods of a node take together. */
export function usageOf(pods: readonly Pod[]): NodeUsage {
  const usage: NodeUsage = {
    requests: {},
    assumed: { cpu: 0, memory: 0 },
    podCount: pods.length,
    hostPorts: [],
    podsByController: new Map(),
  };
  for (const pod of pods) {
    for (const [name, value] of Object.entries(requestsOf(pod))) {
      usage.requests[name] = (usage.requests[name] ?? 0) + value;
    }
    const { cpu, memory } = assumedRequestsOf(pod);
    usage.assumed.cpu += cpu;
    usage.assumed.memory += memory;
    usage.hostPorts.push(...hostPortsOf(pod));
    const owner = controllerOf(pod)?.uid;
    if (owner !== undefined) usage.podsByController.set(owner, (usage.podsByController.get(owner) ?? 0) + 1);
  }
  return usage;
}

/** scheduler/util/pod_resources.go, GetNonzeroRequests */
export function assumedRequestsOf({ spec }: Pod): { cpu: number; memory: number } {
  let [cpu, memory] = [0, 0];
  for (const { resources } of spec.containers) {
    cpu += resources?.requests?.cpu === undefined ? assumedCpu : quantity(resources.requests.cpu);
    memory += resources?.requests?.memory === undefined ? assumedMemory : quantity(resources.requests.memory);
  }
  return { cpu, memory };
}

/** Those of containers and sidecars (scheduler/util, GetHostPorts). */
export function hostPortsOf({ spec }: Pod): HostPort[] {
  const sidecars = (spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
  return [...sidecars, ...spec.containers]
    .flatMap((container) => container.ports ?? [])
    .filter(({ hostPort }) => Boolean(hostPort))
    .map(({ hostPort = 0, hostIP, protocol }) => ({
      ip: hostIP || '0.0.0.0',
      protocol: protocol ?? 'TCP',
      port: hostPort,
    }));
}

/** 0.0.0.0 conflicts with every address (framework/types.go, HostPortInfo). */
export function isPortTaken(wanted: HostPort, taken: readonly HostPort[]): boolean {
  return taken.some(
    ({ ip, protocol, port }) =>
      port === wanted.port &&
      protocol === wanted.protocol &&
      (ip === wanted.ip || ip === '0.0.0.0' || wanted.ip === '0.0.0.0'),
  );
}

/** The node's allocatable, by default its capacity; `pods` is the maximum of pods. */
export function allocatableOf(node: KubeObject): Resources {
  let allocatable = allocatableByNode.get(node);
  if (allocatable === undefined) {
    const written: Record<string, string> = node.status?.allocatable ?? node.status?.capacity ?? {};
    allocatable = Object.fromEntries(Object.entries(written).map(([name, value]) => [name, quantity(value)]));
    allocatableByNode.set(node, allocatable);
  }
  return allocatable;
}

const allocatableByNode = new WeakMap<KubeObject, Resources>();
