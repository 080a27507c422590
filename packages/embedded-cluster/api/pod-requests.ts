import type { V1Container } from '@kubernetes/client-node';
import type { Pod } from './pod.ts';
import { quantity } from './quantity.ts';

/** Amounts by resource name: cpu in cores, memory in bytes, others in their own unit. */
export type Resources = Record<string, number>;

const requestsBySpec = new WeakMap<object, Resources>();

/**
 * The resources that a pod takes from its node (component-helpers, resource.PodRequests): the containers and sidecars
 * together, or the largest init container with the sidecars started before it, whichever is more; or what it requests as
 * a whole; plus the overhead.
 */
export function requestsOf(pod: Pod): Resources {
  let requests = requestsBySpec.get(pod.spec);
  if (requests === undefined) {
    requests = sumOf(pod, 'requests');
    requestsBySpec.set(pod.spec, requests);
  }
  return requests;
}

/** Limits add up as requests do (component-helpers, resource.PodLimits). */
export function limitsOf(pod: Pick<Pod, 'spec'>): Resources {
  return sumOf(pod, 'limits');
}

function sumOf({ spec }: Pick<Pod, 'spec'>, part: 'requests' | 'limits'): Resources {
  const takenBy = ({ resources }: V1Container) => parsed(resources?.[part]);
  let running: Resources = {};
  for (const container of spec.containers) running = plus(running, takenBy(container));
  let sidecars: Resources = {};
  let starting: Resources = {};
  for (const container of spec.initContainers ?? []) {
    const meanwhile = plus(sidecars, takenBy(container));
    if (container.restartPolicy === 'Always') sidecars = meanwhile;
    starting = atLeast(starting, meanwhile);
  }
  const ofPod = Object.entries(parsed(spec.resources?.[part])).filter(([name]) => isPodLevelResource(name));
  return plus({ ...atLeast(plus(running, sidecars), starting), ...Object.fromEntries(ofPod) }, parsed(spec.overhead));
}

/** Other resources than these can't be requested for the pod as a whole (IsSupportedPodLevelResource). */
export const isPodLevelResource = (name: string): boolean => /^(cpu|memory|hugepages-.*)$/.test(name);

/** Without those for the pod as a whole (AggregateContainerRequests). */
export function containersRequests({ spec }: Pick<Pod, 'spec'>): Resources {
  const { resources: _, overhead: __, ...rest } = spec;
  return sumOf({ spec: rest }, 'requests');
}

function parsed(written: Record<string, string> | undefined): Resources {
  return Object.fromEntries(Object.entries(written ?? {}).map(([name, value]) => [name, quantity(value)]));
}

function plus(one: Resources, other: Resources): Resources {
  return combined(one, other, (a, b) => a + b);
}

function atLeast(one: Resources, other: Resources): Resources {
  return combined(one, other, Math.max);
}

function combined(one: Resources, other: Resources, combine: (a: number, b: number) => number): Resources {
  const result = { ...one };
  for (const [name, value] of Object.entries(other)) result[name] = combine(result[name] ?? 0, value);
  return result;
}
