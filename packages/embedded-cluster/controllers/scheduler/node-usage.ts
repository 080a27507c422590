import type { V1ContainerPort } from '@kubernetes/client-node';
import type { ApiEvent, KubeObject } from '../../api/api.ts';
import { asPods, isTerminal, type Pod } from '../../api/pod.ts';
import { type Resources, requestsOf } from '../../api/pod-requests.ts';
import { quantity } from '../../api/quantity.ts';
import { controllerOf, type Informers } from '../common/informers.ts';
import { portsOf } from '../common/pod-control.ts';

/** The resources that the pods of a node take. */
export interface NodeUsage {
  requests: Resources;
  /** As `requests`, but a container without a request counts as 100m and 200 MB, so that such pods spread, too. */
  assumed: { cpu: number; memory: number };
  podCount: number;
  hostPorts: V1ContainerPort[];
  /** The number of pods by controller uid. */
  podsByController: Map<string, number>;
}

const assumedCpu = 0.1;
const assumedMemory = 200 * 1024 * 1024;

/** The usages of all nodes; `apply` must get every event before the next call of `of`. */
export function nodeUsages(informers: Informers) {
  const usages = new Map<string, NodeUsage>();

  function apply({ resource, object, previous }: ApiEvent): void {
    if (resource === 'nodes') usages.delete(object.metadata.name);
    if (resource !== 'pods') return;
    const isSame = previous?.spec === object.spec && previous?.status?.phase === object.status?.phase;
    if (isSame) return;
    for (const pod of [previous, object]) if (pod?.spec.nodeName) usages.delete(pod.spec.nodeName);
  }

  function podsOn(node: string): Pod[] {
    return asPods(informers.podsOnNode(node)).filter((pod) => !isTerminal(pod));
  }

  function of(node: string): NodeUsage {
    const usage = usages.get(node) ?? usageOf(podsOn(node));
    usages.set(node, usage);
    return usage;
  }

  return { apply, podsOn, of };
}

/** What these pods of a node take together. */
export function usageOf(pods: readonly Pod[]): NodeUsage {
  const requests: Resources = {};
  const assumed = { cpu: 0, memory: 0 };
  const podsByController = new Map<string, number>();
  for (const pod of pods) {
    for (const [name, value] of Object.entries(requestsOf(pod))) requests[name] = (requests[name] ?? 0) + value;
    const { cpu, memory } = assumedRequestsOf(pod);
    assumed.cpu += cpu;
    assumed.memory += memory;
    const owner = controllerOf(pod)?.uid;
    if (owner !== undefined) podsByController.set(owner, (podsByController.get(owner) ?? 0) + 1);
  }
  return { requests, assumed, podCount: pods.length, hostPorts: pods.flatMap(hostPortsOf), podsByController };
}

/** scheduler/util/pod_resources.go, GetNonzeroRequests */
export function assumedRequestsOf({ spec }: Pod): { cpu: number; memory: number } {
  const total = { cpu: 0, memory: 0 };
  for (const { resources: { requests } = {} } of spec.containers) {
    total.cpu += requests?.cpu === undefined ? assumedCpu : quantity(requests.cpu);
    total.memory += requests?.memory === undefined ? assumedMemory : quantity(requests.memory);
  }
  return total;
}

/** scheduler/util, GetHostPorts */
export function hostPortsOf(pod: Pod): V1ContainerPort[] {
  return portsOf(pod).filter(({ hostPort }) => hostPort);
}

/** 0.0.0.0, the default, conflicts with every address (framework/types.go, HostPortInfo). */
export function isPortTaken(wanted: V1ContainerPort, taken: readonly V1ContainerPort[]): boolean {
  const isAny = (ip: string | undefined) => !ip || ip === '0.0.0.0';
  return taken.some(
    ({ hostIP, protocol, hostPort }) =>
      hostPort === wanted.hostPort &&
      protocol === wanted.protocol &&
      (hostIP === wanted.hostIP || isAny(hostIP) || isAny(wanted.hostIP)),
  );
}

/** The node's allocatable, by default its capacity; `pods` is the maximum of pods. */
export function allocatableOf(node: KubeObject): Resources {
  const written: Record<string, string> = node.status?.allocatable ?? node.status?.capacity ?? {};
  const allocatable =
    allocatableByNode.get(node) ??
    Object.fromEntries(Object.entries(written).map(([name, value]) => [name, quantity(value)]));
  allocatableByNode.set(node, allocatable);
  return allocatable;
}

const allocatableByNode = new WeakMap<KubeObject, Resources>();
