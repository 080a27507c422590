import { valueIn } from './labels.ts';
import type { PodNeeds } from './pod-needs.ts';
import { isEqual, type Resources } from './resources.ts';
import type { TargetPod } from './snapshot.ts';

/**
 * What the pod's replacement needs. `made`: what the template of its owner asks for. A pod that was made from it is the
 * better model, because it also has what admission adds: injected sidecars, defaults of a LimitRange, a runtime's overhead.
 */
export function needsOfReplacement(pod: TargetPod, made: PodNeeds | undefined): PodNeeds {
  const { needs } = pod.detail;
  if (made === undefined || isMadeFrom(pod, made)) return needs;
  const isSameClass = made.priorityClass === undefined || made.priorityClass === needs.priorityClass;
  const { priority, priorityClass, preempts, overhead } = needs;
  return {
    ...made,
    overhead,
    // Admission and the DaemonSet controller add these to every pod.
    tolerations: [
      ...made.tolerations,
      ...needs.tolerations.filter(({ key }) => key?.startsWith('node.kubernetes.io/')),
    ],
    ...(isSameClass
      ? { priority, priorityClass, preempts }
      : { notChecked: [...made.notChecked, `its priority class ${made.priorityClass}`] }),
  };
}

/** Marks of admission that changes the requests of a pod: the LimitRanger adds some, the vertical autoscaler any. */
const LIMIT_RANGER = 'kubernetes.io/limit-ranger';
const AUTOSCALED = 'vpaUpdates';

function isMadeFrom({ annotations, detail: { needs } }: TargetPod, made: PodNeeds): boolean {
  const includes = (all: Resources, some: Resources): boolean =>
    Object.entries(some).every(([name, amount]) => all[name] === amount);
  const areSame = (all: Resources, some: Resources): boolean =>
    AUTOSCALED in annotations || (LIMIT_RANGER in annotations ? includes(all, some) : isEqual(all, some));
  return (
    made.containers.every((wanted) => {
      const found = needs.containers.find(({ name }) => name === wanted.name);
      return (
        found !== undefined &&
        found.role === wanted.role &&
        areSame(found.requests, wanted.requests) &&
        JSON.stringify(found.hostPorts) === JSON.stringify(wanted.hostPorts)
      );
    }) &&
    includes(needs.podLevel, made.podLevel) &&
    made.tolerations.every((each) =>
      needs.tolerations.some((other) => JSON.stringify(other) === JSON.stringify(each)),
    ) &&
    Object.entries(made.nodeSelector).every(([key, value]) => valueIn(needs.nodeSelector, key) === value) &&
    [...made.claims].sort().join() === [...needs.claims].sort().join() &&
    (made.priorityClass === undefined || made.priorityClass === needs.priorityClass)
  );
}
