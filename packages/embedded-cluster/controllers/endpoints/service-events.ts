import type { ApiEvent, KubeObject } from '../../api/api.ts';
import { isEqual } from '../../api/json.ts';
import { matchesLabels } from '../../api/label-selector.ts';
import { asPod, asPods, isReady, isTerminating, type Pod } from '../../api/pod.ts';
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
  const podChanged = !isUpdate || hasChanged(previous, object);
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

/** podEndpointsChanged plus the phase, which the real controller notices through the readiness. */
function hasChanged(before: KubeObject, after: KubeObject): boolean {
  const [one, other] = [asPod(before), asPod(after)];
  return (
    isTerminating(one) !== isTerminating(other) ||
    isReady(one) !== isReady(other) ||
    one.status.phase !== other.status.phase ||
    one.spec.nodeName !== other.spec.nodeName ||
    !isEqual(one.status.podIPs ?? [], other.status.podIPs ?? [])
  );
}
