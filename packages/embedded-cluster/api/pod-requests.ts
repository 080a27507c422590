import type { V1Container } from '@kubernetes/client-node';
import { memo } from './memo.ts';
import type { Pod } from './pod.ts';
import { quantity } from './quantity.ts';

/** Amounts by resource name: cpu in cores, memory in bytes, others in their own unit. */
export type Resources = Record<string, number>;

const requestsOfSpec = memo((spec: Pod['spec']) => sumOf(spec, 'requests'), new WeakMap());

/**
 * The resources that a pod takes from its node (component-helpers, resource.PodRequests): the containers and sidecars
 * together, or the largest init container with the sidecars started before it, whichever is more; or what it requests as
 * a whole; plus the overhead.
 */
export function requestsOf({ spec }: Pick<Pod, 'spec'>): Resources {
  return requestsOfSpec(spec);
}

/** Limits add up as requests do (component-helpers, resource.PodLimits). */
export function limitsOf({ spec }: Pick<Pod, 'spec'>): Resources {
  return sumOf(spec, 'limits');
}

function sumOf(spec: Pod['spec'], part: 'requests' | 'limits'): Resources {
  const takenBy = ({ resources }: V1Container) => amountsOf(resources?.[part]);
  const running = spec.containers.map(takenBy).reduce(plus, {});
  let sidecars: Resources = {};
  let starting: Resources = {};
  for (const container of spec.initContainers ?? []) {
    const meanwhile = plus(sidecars, takenBy(container));
    if (container.restartPolicy === 'Always') sidecars = meanwhile;
    starting = combined(starting, meanwhile, Math.max);
  }
  const most = combined(plus(running, sidecars), starting, Math.max);
  const ofPod = Object.entries(amountsOf(spec.resources?.[part])).filter(([name]) => isPodLevelResource(name));
  return plus({ ...most, ...Object.fromEntries(ofPod) }, amountsOf(spec.overhead));
}

/** Other resources than these can't be requested for the pod as a whole (IsSupportedPodLevelResource). */
export const isPodLevelResource = (name: string): boolean => /^(cpu|memory|hugepages-.*)$/.test(name);

export function amountsOf(written: Record<string, string> = {}): Resources {
  return Object.fromEntries(Object.entries(written).map(([name, value]) => [name, quantity(value)]));
}

export function plus(one: Resources, other: Resources): Resources {
  return combined(one, other, (a, b) => a + b);
}

function combined(one: Resources, other: Resources, combine: (a: number, b: number) => number): Resources {
  const result = { ...one };
  for (const [name, value] of Object.entries(other)) result[name] = combine(result[name] ?? 0, value);
  return result;
}
