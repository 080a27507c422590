import type { KubeObject } from './api.ts';
import type { Json } from './json.ts';
import type { Pod } from './pod.ts';
import { isTerminal } from './pod.ts';
import { requestsOf } from './pod-requests.ts';
import { quantity } from './quantity.ts';

/** The pod resources that a ResourceQuota may limit. Other resources are not counted. */
const computeNames = ['pods', 'cpu', 'requests.cpu', 'memory', 'requests.memory'] as const;
const objectName = 'count/pods';

/** The resources in a quota that pods use. */
export function namesOnPods(hard: Readonly<Record<string, string>>): string[] {
  return Object.keys(hard).filter((name) => name === objectName || computeNames.some((each) => each === name));
}

/** The share of one pod in a quota (evaluator/core/pods.go, PodUsageFunc). A finished pod only counts as an object. */
export function usageOfPod(pod: Pod, name: string, now: number): number {
  if (name === objectName) return 1;
  if (isTerminal(pod) || isStuck(pod, now)) return 0;
  if (name === 'pods') return 1;
  return requestsOf(pod)[name.replace('requests.', '')] ?? 0;
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
  if (!name.endsWith('memory') || amount === 0) return String(amount);
  const unit = ['Gi', 'Mi', 'Ki'].find((each) => amount % quantity(`1${each}`) === 0);
  return unit === undefined ? String(amount) : `${amount / quantity(`1${unit}`)}${unit}`;
}

/** The containers without a request for a resource that the quota counts. */
export function silentContainers({ spec }: Json, name: string): string[] {
  if (!name.endsWith('cpu') && !name.endsWith('memory')) return [];
  const containers: Json[] = [...(spec.containers ?? []), ...(spec.initContainers ?? [])];
  const resource = name.replace('requests.', '');
  return containers.filter(({ resources }) => resources?.requests?.[resource] === undefined).map((each) => each.name);
}
