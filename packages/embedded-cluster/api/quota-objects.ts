import type { KubeObject, Resource } from './api.ts';
import { kinds } from './kinds.ts';
import { quantity } from './quantity.ts';

/** Objects that a quota counts under their plain name, and those whose usage is more than a count (evaluator/core). */
const plainNames = [
  'configmaps',
  'persistentvolumeclaims',
  'replicationcontrollers',
  'resourcequotas',
  'secrets',
  'services',
];
const ofServices = ['services.nodeports', 'services.loadbalancers'];
const claimName = /^(?:(.+)\.storageclass\.storage\.k8s\.io\/)?(requests\.storage|persistentvolumeclaims)$/;

/** The resource whose objects a quota's name counts; undefined: that of pods, or none. */
export function countedResource(name: string): Resource | undefined {
  if (ofServices.includes(name)) return 'services';
  if (claimName.test(name)) return 'persistentvolumeclaims';
  if (plainNames.includes(name)) return name;
  const [, resource, group = ''] = /^count\/([^.]+)\.?(.*)$/.exec(name) ?? [];
  const found = kinds.find((kind) => kind.resource === resource && kind.group === group && !kind.review);
  return found === undefined || resource === 'pods' ? undefined : resource;
}

/** The share of one such object. */
export function usageOfObject({ spec }: KubeObject, name: string): number {
  if (name === 'services.loadbalancers') return spec.type === 'LoadBalancer' ? 1 : 0;
  if (name === 'services.nodeports') return nodePortsOf(spec);
  const [, storageClass, what] = claimName.exec(name) ?? [];
  if (storageClass !== undefined && spec.storageClassName !== storageClass) return 0;
  return what === 'requests.storage' ? quantity(spec.resources?.requests?.storage) : 1;
}

/** A load balancer that needs no node ports may have some all the same (evaluator/core/services.go). */
function nodePortsOf({ type, ports = [], allocateLoadBalancerNodePorts = true }: KubeObject['spec']): number {
  const all: { nodePort?: number }[] = ports;
  if (type === 'NodePort' || (type === 'LoadBalancer' && allocateLoadBalancerNodePorts)) return all.length;
  return type === 'LoadBalancer' ? all.filter(({ nodePort }) => Boolean(nodePort)).length : 0;
}
