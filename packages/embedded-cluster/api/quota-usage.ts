import type { KubeObject } from './api.ts';
import type { Json } from './json.ts';
import type { Pod } from './pod.ts';
import { isTerminal } from './pod.ts';
import { requestsOf } from './pod-requests.ts';
import { quantity } from './quantity.ts';

/** The pod resources that a ResourceQuota may limit, beside those of extended resources (evaluator/core/pods.go, podResources). */
const computeNames = ['cpu', 'memory', 'ephemeral-storage'].flatMap((name) => [
  name,
  `requests.${name}`,
  `limits.${name}`,
]);
const objectName = 'count/pods';

/** The resources in a quota that pods use. */
export function namesOnPods(hard: Readonly<Record<string, string>>): string[] {
  return Object.keys(hard).filter(
    (name) => name === objectName || name === 'pods' || computeNames.includes(name) || isExtended(name),
  );
}

/** Extended resources are limited by their requests only. */
function isExtended(name: string): boolean {
  return /^requests\.(hugepages-|[^/]+\/)/.test(name);
}

/** The share of one pod in a quota (evaluator/core/pods.go, PodUsageFunc). A finished pod only counts as an object. */
export function usageOfPod(pod: Pod, name: string, now: number): number {
  if (name === objectName) return 1;
  if (isTerminal(pod) || isStuck(pod, now)) return 0;
  if (name === 'pods') return 1;
  const [, kind, resource = name] = /^(requests|limits)\.(.+)$/.exec(name) ?? [];
  return (kind === 'limits' ? limitsOf(pod) : requestsOf(pod))[resource] ?? 0;
}

/** Limits add up as requests do (component-helpers, resource.PodLimits). */
function limitsOf(pod: Pod): ReturnType<typeof requestsOf> {
  const swapped = <T extends { resources?: { limits?: Record<string, string> } }>(part: T): T => ({
    ...part,
    resources: { requests: part.resources?.limits ?? {} },
  });
  const { containers, initContainers = [] } = pod.spec;
  const spec = { ...pod.spec, containers: containers.map(swapped), initContainers: initContainers.map(swapped) };
  return requestsOf({
    ...pod,
    spec: swapped(spec as Pod['spec'] & { resources?: { limits?: Record<string, string> } }),
  });
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
