import type { KubeObject } from './api.ts';
import { groupResource } from './api-error.ts';
import type { Json } from './json.ts';
import type { Kind } from './kinds.ts';
import { asPod, isTerminal, type Pod } from './pod.ts';
import { limitsOf, requestsOf } from './pod-requests.ts';
import { quantity } from './quantity.ts';

/** The pod resources that a ResourceQuota may limit, beside those of extended resources (evaluator/core/pods.go, podResources). */
const computeNames = ['cpu', 'memory', 'ephemeral-storage'].flatMap((name) => [
  name,
  `requests.${name}`,
  `limits.${name}`,
]);

/** Kinds that a quota may name without `count/` (quota/evaluator/core/registry.go). */
const namedByPlural = new Set(['configmaps', 'replicationcontrollers', 'resourcequotas', 'secrets']);

const ofClass = /^(.+)\.storageclass\.storage\.k8s\.io\/(.+)$/;

/** The resources in a quota that objects of the kind use. */
export function namesOn(kind: Kind, hard: Readonly<Record<string, string>>): string[] {
  return Object.keys(hard).filter((name) => name === countName(kind) || isOf(kind.resource, name));
}

function countName(kind: Kind): string {
  return `count/${groupResource(kind)}`;
}

function isOf(resource: string, name: string): boolean {
  switch (resource) {
    case 'pods':
      return name === 'pods' || computeNames.includes(name) || isExtended(name);
    case 'services':
      return /^services(\.(nodeports|loadbalancers))?$/.test(name);
    case 'persistentvolumeclaims':
      return /^(persistentvolumeclaims|requests\.storage)$/.test(ofClass.exec(name)?.[2] ?? name);
    default:
      return namedByPlural.has(resource) && name === resource;
  }
}

/** Extended resources are limited by their requests only. */
function isExtended(name: string): boolean {
  return /^requests\.(hugepages-|[^/]+\/)/.test(name);
}

/** The share of one object in a quota (quota/evaluator/core). */
export function usageOf(kind: Kind, object: KubeObject, name: string, now: number): number {
  if (name === countName(kind)) return 1;
  if (kind.resource === 'pods') return usageOfPod(asPod(object), name, now);
  if (kind.resource === 'services') return usageOfService(object, name);
  if (kind.resource !== 'persistentvolumeclaims') return 1;
  const [, className, resource = name] = ofClass.exec(name) ?? [];
  if (className !== undefined && className !== object.spec.storageClassName) return 0;
  return resource === 'requests.storage' ? quantity(object.spec.resources?.requests?.storage) : 1;
}

function usageOfService({ spec }: KubeObject, name: string): number {
  if (name === 'services') return 1;
  if (name === 'services.loadbalancers') return spec.type === 'LoadBalancer' ? 1 : 0;
  const ports: Json[] = spec.ports ?? [];
  if (spec.type === 'NodePort') return ports.length;
  if (spec.type !== 'LoadBalancer') return 0;
  return spec.allocateLoadBalancerNodePorts === false ? ports.filter((port) => port.nodePort).length : ports.length;
}

/** A finished pod only counts as an object (evaluator/core/pods.go, PodUsageFunc). */
function usageOfPod(pod: Pod, name: string, now: number): number {
  if (isTerminal(pod) || isStuck(pod, now)) return 0;
  if (name === 'pods') return 1;
  const [, kind, resource = name] = /^(requests|limits)\.(.+)$/.exec(name) ?? [];
  return (kind === 'limits' ? limitsOf(pod) : requestsOf(pod))[resource] ?? 0;
}

/** Its grace period is over. A pod that does not go must not keep others out. */
function isStuck({ metadata }: Pod, now: number): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds: grace } = metadata as KubeObject['metadata'];
  return deletionTimestamp !== undefined && grace !== undefined && now > Date.parse(deletionTimestamp) + grace * 1000;
}

/** Prints a sum of quantities as Kubernetes does: `3`, `350m`, `192Mi`. */
export function quantityText(name: string, amount: number): string {
  if (name.endsWith('cpu')) {
    const millis = Math.round(amount * 1000);
    return millis % 1000 === 0 ? String(millis / 1000) : `${millis}m`;
  }
  if (!/(memory|storage)$/.test(name) || amount === 0) return String(amount);
  const unit = ['Gi', 'Mi', 'Ki'].find((each) => amount % quantity(`1${each}`) === 0);
  return unit === undefined ? String(amount) : `${amount / quantity(`1${unit}`)}${unit}`;
}

/** The containers without a request or limit for a resource that the quota counts. */
export function silentContainers({ spec }: Json, name: string): string[] {
  if (!name.endsWith('cpu') && !name.endsWith('memory')) return [];
  const containers: Json[] = [...(spec.containers ?? []), ...(spec.initContainers ?? [])];
  const resource = name.replace(/^(requests|limits)\./, '');
  const kind = name.startsWith('limits.') ? 'limits' : 'requests';
  return containers.filter(({ resources }) => resources?.[kind]?.[resource] === undefined).map((each) => each.name);
}
