import type { V1ResourceQuotaSpec, V1ScopedResourceSelectorRequirement } from '@kubernetes/client-node';
import type { KubeObject } from './api.ts';
import { groupResource } from './api-error.ts';
import type { Json } from './json.ts';
import type { Kind } from './kinds.ts';
import { matchesSelector } from './label-selector.ts';
import { asPod, isTerminal, type Pod } from './pod.ts';
import { limitsOf, requestsOf } from './pod-requests.ts';
import { quantity } from './quantity.ts';

/** How quotas count the objects of one kind (quota/evaluator/core). */
interface Evaluator {
  /** The resource in a quota limits these objects. */
  isNamed(name: string): boolean;
  /** The share of one object. */
  shareOf(object: KubeObject, name: string, now: number): number;
}

const ofClass = /^(.+)\.storageclass\.storage\.k8s\.io\/(.+)$/;

const evaluators: Record<string, Evaluator> = {
  // Extended resources are limited by their requests only (podResources).
  pods: {
    isNamed: (name) =>
      /^(pods|((requests|limits)\.)?(cpu|memory|ephemeral-storage)|requests\.(hugepages-|[^/]+\/).*)$/.test(name),
    shareOf: shareOfPod,
  },
  services: { isNamed: (name) => /^services(\.(nodeports|loadbalancers))?$/.test(name), shareOf: shareOfService },
  persistentvolumeclaims: {
    isNamed: (name) => /^(persistentvolumeclaims|requests\.storage)$/.test(ofClass.exec(name)?.[2] ?? name),
    shareOf: shareOfClaim,
  },
};

/** Further kinds that a quota may name without `count/` (registry.go). */
const namedByPlural = ['configmaps', 'replicationcontrollers', 'resourcequotas', 'secrets'];

function countName(kind: Kind): string {
  return `count/${groupResource(kind)}`;
}

/** The resources in a quota that objects of the kind use. */
export function namesOn(kind: Kind, hard: Readonly<Record<string, string>>): string[] {
  const isNamed =
    evaluators[kind.resource]?.isNamed ?? ((name) => name === kind.resource && namedByPlural.includes(name));
  return Object.keys(hard).filter((name) => name === countName(kind) || isNamed(name));
}

/** The share of one object in a quota. */
export function usageOf(kind: Kind, object: KubeObject, name: string, now: number): number {
  if (name === countName(kind)) return 1;
  return evaluators[kind.resource]?.shareOf(object, name, now) ?? 1;
}

/** A finished pod only counts as an object (evaluator/core/pods.go, PodUsageFunc). */
function shareOfPod(object: KubeObject, name: string, now: number): number {
  const pod = asPod(object);
  if (isTerminal(pod) || isStuck(pod, now)) return 0;
  if (name === 'pods') return 1;
  const [, kind, resource = name] = /^(requests|limits)\.(.+)$/.exec(name) ?? [];
  return (kind === 'limits' ? limitsOf(pod) : requestsOf(pod))[resource] ?? 0;
}

/** Its grace period is over. A pod that does not go must not keep others out. */
function isStuck({ metadata: { deletionTimestamp, deletionGracePeriodSeconds: grace } }: Pod, now: number): boolean {
  return deletionTimestamp !== undefined && grace !== undefined && now > Date.parse(deletionTimestamp) + grace * 1000;
}

function shareOfService({ spec }: KubeObject, name: string): number {
  if (name === 'services') return 1;
  if (name === 'services.loadbalancers') return spec.type === 'LoadBalancer' ? 1 : 0;
  const ports: Json[] = spec.ports ?? [];
  if (spec.type === 'NodePort') return ports.length;
  if (spec.type !== 'LoadBalancer') return 0;
  return spec.allocateLoadBalancerNodePorts === false ? ports.filter((port) => port.nodePort).length : ports.length;
}

function shareOfClaim({ spec }: KubeObject, name: string): number {
  const [, className, resource = name] = ofClass.exec(name) ?? [];
  if (className !== undefined && className !== spec.storageClassName) return 0;
  return resource === 'requests.storage' ? quantity(spec.resources?.requests?.storage) : 1;
}

type Scope = (pod: Pod, requirement: V1ScopedResourceSelectorRequirement) => boolean;

const scopesOfPods: Record<string, Scope> = {
  Terminating: ({ spec }) => spec.activeDeadlineSeconds !== undefined,
  NotTerminating: ({ spec }) => spec.activeDeadlineSeconds === undefined,
  BestEffort: ({ status }) => status.qosClass === 'BestEffort',
  NotBestEffort: ({ status }) => status.qosClass !== 'BestEffort',
  CrossNamespacePodAffinity: ({ spec: { affinity } }) =>
    [affinity?.podAffinity, affinity?.podAntiAffinity].some((rules) => {
      const preferred = rules?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
      const required = rules?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
      const terms = [...required, ...preferred.map((each) => each.podAffinityTerm)];
      return terms.some(({ namespaces = [], namespaceSelector }) => namespaces.length > 0 || namespaceSelector);
    }),
  PriorityClass: ({ spec: { priorityClassName: name } }, { operator, values }) =>
    matchesSelector({ matchExpressions: [{ key: 'class', operator, values }] }, name ? { class: name } : {}),
};

/** The quota counts the object: scopes select pods only, and all of its scopes match (podMatchesScopeFunc). */
export function isInScopes({ spec }: KubeObject, { resource }: Kind, object: KubeObject): boolean {
  const { scopes = [], scopeSelector }: V1ResourceQuotaSpec = spec ?? {};
  const exist = scopes.map((scopeName) => ({ scopeName, operator: 'Exists' }));
  const requirements = [...exist, ...(scopeSelector?.matchExpressions ?? [])];
  if (resource !== 'pods') return requirements.length === 0;
  return requirements.every((requirement) => scopesOfPods[requirement.scopeName]?.(asPod(object), requirement));
}

/** The containers without a request or limit for a resource that the quota counts. */
export function silentContainers({ spec }: Json, name: string): string[] {
  if (!name.endsWith('cpu') && !name.endsWith('memory')) return [];
  const containers: Json[] = [...(spec.containers ?? []), ...(spec.initContainers ?? [])];
  const resource = name.replace(/^(requests|limits)\./, '');
  const kind = name.startsWith('limits.') ? 'limits' : 'requests';
  return containers.filter(({ resources }) => resources?.[kind]?.[resource] === undefined).map((each) => each.name);
}
