import type { V1ContainerPort } from '@kubernetes/client-node';
import type { ApiEvent, KubeObject } from '../../api/api.ts';
import { memo } from '../../api/memo.ts';
import { asPods, isTerminal, type Pod } from '../../api/pod.ts';
import { amountsOf, plus, type Resources, requestsOf } from '../../api/pod-requests.ts';
import { quantity } from '../../api/quantity.ts';
import { controllerOf, type Informers } from '../common/informers.ts';
import { portsOf } from '../common/pod-control.ts';

/** The resources that the pods of a node take. */
export type NodeUsage = ReturnType<typeof usageOf>;

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
export function usageOf(pods: readonly Pod[]) {
  return {
    requests: pods.map(requestsOf).reduce(plus, {}),
    /** A container without a request counts as 100m and 200 MB, so that such pods spread, too. */
    assumed: pods.map(assumedRequestsOf).reduce(plus, {}),
    podCount: pods.length,
    hostPorts: pods.flatMap(hostPortsOf),
    podsByController: Map.groupBy(pods, (pod) => controllerOf(pod)?.uid),
  };
}

/** scheduler/util/pod_resources.go, GetNonzeroRequests */
export function assumedRequestsOf({ spec }: Pod): Resources {
  const assumed = spec.containers.map(({ resources }) => {
    const { cpu = '100m', memory = '200Mi' } = resources?.requests ?? {};
    return { cpu: quantity(cpu), memory: quantity(memory) };
  });
  return assumed.reduce<Resources>(plus, {});
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
export const allocatableOf = memo(
  ({ status }: KubeObject): Resources => amountsOf(status?.allocatable ?? status?.capacity),
  new WeakMap(),
);
