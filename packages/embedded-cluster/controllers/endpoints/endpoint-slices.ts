import type { V1Endpoint } from '@kubernetes/client-node';
import type { ApiEvent, KubeObject, NewObject } from '../../api/api.ts';
import type { Pod } from '../../api/pod.ts';
import { type Controller, createUnlessEnding, type Environment, remove, SyncError } from '../common/controller.ts';
import { keyOf } from '../common/informers.ts';
import { podsOf, servicesOfPod, TriggerTimes, triggerTimeAnnotation } from './changes.ts';
import { endpointOf, groupByPorts, hasEndpoint, hasManagedEndpoints } from './endpoint.ts';
import { managedBy, planFor, serviceNameLabel, slicesOf } from './slice-plan.ts';

/** Writes the EndpointSlices of Services (k/endpointslice, st/endpointslice reconciler.go). */
export function endpointSliceController({ api, informers, events }: Environment): Controller {
  const triggerTimes = new TriggerTimes();

  function reconcile(key: string): void {
    const service = informers.getByKey('services', key);
    if (service === undefined) triggerTimes.forget(key);
    // The slices of a Service that lost its selector stay unchanged.
    if (service === undefined || !hasManagedEndpoints(service)) return;
    try {
      reconcileSlices(key, service);
    } catch (error) {
      const message = `Error updating Endpoint Slices for Service ${key}: ${(error as Error).message}`;
      events.record('endpoint-slice-controller', service, 'Warning', 'FailedToUpdateEndpointSlices', message);
      throw error;
    }
  }

  function reconcileSlices(key: string, service: KubeObject): void {
    const pods = podsOf(informers, service);
    const triggerTime = triggerTimes.next(key, service, pods);
    const slices = slicesOf(informers, key, managedBy).filter(({ metadata }) => !metadata.deletionTimestamp);
    const missing: string[] = [];
    const listed = pods.filter((pod) => hasEndpoint(pod, true));
    const groups = groupByPorts(service, listed).map(({ ports, members }) => {
      return { ports, endpoints: endpointsOf(members) };
    });
    const existing = slices.filter(({ addressType }) => addressType === 'IPv4');
    const plan = planFor(service, existing, groups);
    const isEnding = service.metadata.deletionTimestamp !== undefined;
    for (const slice of isEnding ? [] : plan.create)
      createUnlessEnding(api, 'endpointslices', withTriggerTime(slice, triggerTime));
    for (const slice of plan.update) api.update('endpointslices', withTriggerTime(slice, triggerTime));
    for (const slice of plan.remove) remove(api, 'endpointslices', slice);
    for (const slice of slices) if (slice.addressType !== 'IPv4') remove(api, 'endpointslices', slice);
    if (missing.length > 0) throw new SyncError(missing.join(', '));

    /** Omits and retries pods on missing Nodes, unless the Service publishes unready addresses. */
    function endpointsOf(members: Pod[]): Map<string, V1Endpoint> {
      const endpoints = new Map<string, V1Endpoint>();
      for (const pod of members) {
        const { nodeName } = pod.spec;
        const node = informers.get('nodes', undefined, nodeName ?? '');
        if (node === undefined && service.spec.publishNotReadyAddresses !== true) {
          missing.push(`skipping Pod ${pod.metadata.name} for Service ${key}: Node ${nodeName} Not Found`);
          continue;
        }
        const endpoint = endpointOf(pod, node, service);
        if (endpoint.addresses.length > 0) endpoints.set(pod.metadata.uid, endpoint);
      }
      return endpoints;
    }
  }

  function* keysOf(event: ApiEvent): Iterable<string> {
    const { resource, object, previous, type } = event;
    if (resource === 'services') yield keyOf(object);
    else if (resource === 'pods') yield* servicesOfPod(informers, event);
    else if (resource === 'endpointslices') {
      for (const { metadata } of previous === undefined ? [object] : [previous, object]) {
        const name = metadata.labels?.[serviceNameLabel];
        if (name !== undefined) yield `${metadata.namespace}/${name}`;
      }
    } else if (resource === 'nodes' && type !== 'MODIFIED') {
      // Pods on that node are added or dropped; the real controller notices it by retries.
      for (const pod of informers.podsOnNode(object.metadata.name)) {
        yield* servicesOfPod(informers, { type: 'ADDED', resource: 'pods', object: pod });
      }
    }
  }

  // Retries a failing Service after 1 s, 2 s, 4 s, … 100 s (endpointslice_controller.go).
  return { name: managedBy, keysOf, reconcile, backoff: { baseMs: 1000, maxMs: 100_000 }, maxRetries: 15 };
}

function withTriggerTime<T extends NewObject | KubeObject>(slice: T, time: string | undefined): T {
  const { [triggerTimeAnnotation]: _, ...others } = slice.metadata.annotations ?? {};
  const annotations = time === undefined ? others : { ...others, [triggerTimeAnnotation]: time };
  return { ...slice, metadata: { ...slice.metadata, annotations } };
}
