import type { ApiEvent, KubeObject } from '../../api/api.ts';
import { isEqual } from '../../api/json.ts';
import { matchesLabels } from '../../api/label-selector.ts';
import { asPod, asPods, conditionOf, isReady, isTerminating, type Pod } from '../../api/pod.ts';
import { type Informers, keyOf } from '../common/informers.ts';
import { hasManagedEndpoints } from './endpoint.ts';

/** The pods that the Service selects. */
export function podsOf(informers: Informers, { metadata, spec }: KubeObject): Pod[] {
  const pods = asPods(informers.inNamespace('pods', metadata.namespace));
  return pods.filter((pod) => matchesLabels(spec.selector, pod.metadata.labels));
}

/**
 * The Services whose endpoints a pod's change affects (endpointslice/util, GetPodUpdateProjectionKey). A change of
 * labels alone does not affect a Service that selects the pod before and after.
 */
export function* servicesOfPod(informers: Informers, { object, previous, type }: ApiEvent): Iterable<string> {
  const isUpdate = type === 'MODIFIED' && previous !== undefined;
  const labelsChanged = isUpdate && !isEqual(labelsAndNames(object), labelsAndNames(previous));
  const podChanged = !isUpdate || !isEqual(endpointStateOf(previous), endpointStateOf(object));
  if (!podChanged && !labelsChanged) return;
  for (const service of informers.inNamespace('services', object.metadata.namespace)) {
    if (!hasManagedEndpoints(service)) continue;
    const selects = matchesLabels(service.spec.selector, object.metadata.labels);
    const selected = labelsChanged ? matchesLabels(service.spec.selector, previous.metadata.labels) : selects;
    if (podChanged ? selects || selected : selects !== selected) yield keyOf(service);
  }
}

function labelsAndNames({ metadata, spec }: KubeObject): object {
  return { labels: metadata.labels ?? {}, hostname: spec.hostname, subdomain: spec.subdomain };
}

/** As in podEndpointsChanged, plus the phase, which the real controller notices through the readiness. */
function endpointStateOf(object: KubeObject): unknown[] {
  const pod = asPod(object);
  return [isTerminating(pod), isReady(pod), pod.status.phase, pod.spec.nodeName, pod.status.podIPs ?? []];
}

export const triggerTimeAnnotation = 'endpoints.kubernetes.io/last-change-trigger-time';

/**
 * The time of the change that caused new endpoints: the earliest Ready transition since the last call, or the creation
 * of the Service (endpointslice/util, TriggerTimeTracker). A change of labels does not count, so it clears the
 * annotation. Kubernetes' times are UTC in whole seconds and compare as text.
 */
export class TriggerTimes {
  /** By key, the last times of the pods by name, and that of the Service under its key. */
  readonly #seen = new Map<string, ReadonlyMap<string, string>>();

  /** In RFC 3339; undefined when the annotation must be removed. */
  next(key: string, { metadata: { creationTimestamp } }: KubeObject, pods: readonly Pod[]): string | undefined {
    const before = this.#seen.get(key);
    const times = new Map([[key, creationTimestamp]]);
    for (const pod of pods) {
      const time = conditionOf(pod, 'Ready')?.lastTransitionTime;
      if (time !== undefined) times.set(pod.metadata.name, time);
    }
    this.#seen.set(key, times);
    if (before === undefined) return creationTimestamp;
    const later = [...times].filter(([name, time]) => time > (before.get(name) ?? ''));
    return later.map(([, time]) => time).sort()[0];
  }

  forget(key: string): void {
    this.#seen.delete(key);
  }
}
