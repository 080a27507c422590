import type { KubeObject } from './api.ts';
import type { Json } from './json.ts';
import type { Pod } from './pod.ts';
import { isTerminal } from './pod.ts';
import { requestsOf } from './pod-requests.ts';
import { quantity } from './quantity.ts';

/** What a ResourceQuota counts of a pod, by the names it has for it. Of what else a quota may limit nothing is counted. */
const computeNames = ['pods', 'cpu', 'requests.cpu', 'memory', 'requests.memory'] as const;
const objectName = 'count/pods';

/** The resources of a quota that have to do with pods. */
export function namesOnPods(hard: Readonly<Record<string, string>>): string[] {
  return Object.keys(hard).filter((name) => name === objectName || computeNames.some((each) => each === name));
}

/** What one pod uses of a quota (quota/v1/evaluator/core/pods.go, PodUsageFunc): a pod that has ended only its place among the objects. */
export function usageOfPod(pod: Pod, name: string, now: number): number {
  if (name === objectName) return 1;
  if (isTerminal(pod) || isStuck(pod, now)) return 0;
  if (name === 'pods') return 1;
  return requestsOf(pod)[name.replace('requests.', '')] ?? 0;
}

/** It should be gone by now; whoever holds it back must not keep others out. */
function isStuck({ metadata }: Pod, now: number): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds: grace } = metadata as KubeObject['metadata'];
  return deletionTimestamp !== undefined && grace !== undefined && now > Date.parse(deletionTimestamp) + grace * 1000;
}

/** `3`, `350m`, `192Mi`: as Kubernetes prints a sum of quantities. */
export function quantityText(name: string, amount: number): string {
  if (name.endsWith('cpu')) {
    const millis = Math.round(amount * 1000);
    return millis % 1000 === 0 ? String(millis / 1000) : `${millis}m`;
  }
  if (!name.endsWith('memory') || amount === 0) return String(amount);
  const unit = ['Gi', 'Mi', 'Ki'].find((each) => amount % quantity(`1${each}`) === 0);
  return unit === undefined ? String(amount) : `${amount / quantity(`1${unit}`)}${unit}`;
}

/** Containers that do not say what they ask for, though the quota counts it. */
export function silentContainers({ spec }: Json, name: string): string[] {
  if (!name.endsWith('cpu') && !name.endsWith('memory')) return [];
  const containers: Json[] = [...(spec.containers ?? []), ...(spec.initContainers ?? [])];
  const resource = name.replace('requests.', '');
  return containers.filter(({ resources }) => resources?.requests?.[resource] === undefined).map((each) => each.name);
}
