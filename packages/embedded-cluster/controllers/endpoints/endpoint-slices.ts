import type { ApiEvent, KubeObject, NewObject } from '../../api/api.ts';
import type { Pod } from '../../api/pod.ts';
import { type Controller, createUnlessEnding, type Environment, remove, SyncError } from '../common/controller.ts';
import { keyOf } from '../common/informers.ts';
import {
  type AddressType,
  addressTypesOf,
  endpointOf,
  hasEndpoint,
  hasManagedEndpoints,
  portKey,
  portListsOf,
} from './endpoint.ts';
import { podsOf, servicesOfPod } from './service-events.ts';
import {
  type Endpoint,
  isOwnedBy,
  isPlaceholder,
  newSlice,
  type PortGroup,
  planSlices,
  type SlicePlan,
} from './slice-plan.ts';
import { TriggerTimes, triggerTimeAnnotation } from './trigger-times.ts';

const managedBy = 'endpointslice-controller.k8s.io';

/** Writes the EndpointSlices of Services (k/endpointslice, st/endpointslice reconciler.go). */
export function endpointSliceController(environment: Environment): Controller {
  const { api, informers, events } = environment;
  const triggerTimes = new TriggerTimes();

  function reconcile(key: string): void {
    const service = informers.getByKey('services', key);
    if (service === undefined) triggerTimes.forget(key);
    // The slices of a Service that lost its selector stay unchanged.
    if (service === undefined || !hasManagedEndpoints(service)) return;
    const { namespace } = service.metadata;
    const pods = podsOf(informers, service);
    const triggerTime = triggerTimes.next(key, service, pods);
    const slices = Array.from(informers.inNamespace('endpointslices', namespace)).filter(
      ({ metadata }) =>
        metadata.labels?.['kubernetes.io/service-name'] === service.metadata.name &&
        metadata.labels['endpointslice.kubernetes.io/managed-by'] === managedBy &&
        metadata.deletionTimestamp === undefined,
    );
    try {
      reconcileSlices(service, pods, slices, triggerTime);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      const message = `Error updating Endpoint Slices for Service ${key}: ${why}`;
      events.record('endpoint-slice-controller', service, 'Warning', 'FailedToUpdateEndpointSlices', message);
      throw error;
    }
  }

  function reconcileSlices(
    service: KubeObject,
    pods: Pod[],
    slices: KubeObject[],
    triggerTime: string | undefined,
  ): void {
    const types = addressTypesOf(service);
    const missingNodes: string[] = [];
    for (const type of types) {
      const existing = slices.filter((slice) => slice.addressType === type);
      const desired = desiredGroups(service, pods, type, missingNodes);
      carryOut(service, planFor(service, type, existing, desired), triggerTime);
    }
    for (const slice of slices) if (!types.includes(slice.addressType)) remove(api, 'endpointslices', slice);
    if (missingNodes.length > 0) throw new SyncError(missingNodes.join(', '));
  }

  /** Omits and retries pods on missing Nodes, unless the Service publishes unready addresses. */
  function desiredGroups(
    service: KubeObject,
    pods: Pod[],
    type: AddressType,
    missing: string[],
  ): Map<string, PortGroup> {
    const groups = new Map<string, PortGroup>();
    const portListOf = portListsOf(service);
    for (const pod of pods) {
      if (!hasEndpoint(pod, true)) continue;
      const { key, ports } = portListOf(pod);
      const group = groups.get(key) ?? { ports, endpoints: new Map<string, Endpoint>() };
      groups.set(key, group);
      const node = informers.get('nodes', undefined, pod.spec.nodeName ?? '');
      if (node === undefined && service.spec.publishNotReadyAddresses !== true) {
        missing.push(
          `skipping Pod ${pod.metadata.name} for Service ${keyOf(service)}: Node ${pod.spec.nodeName} Not Found`,
        );
        continue;
      }
      const endpoint = endpointOf(pod, node, service, type);
      if (endpoint.addresses.length > 0) group.endpoints.set(pod.metadata.uid, endpoint);
    }
    return groups;
  }

  function carryOut(service: KubeObject, plan: SlicePlan, triggerTime: string | undefined): void {
    if (service.metadata.deletionTimestamp === undefined) {
      for (const slice of plan.create) createUnlessEnding(api, 'endpointslices', withTriggerTime(slice, triggerTime));
    }
    for (const slice of plan.update) api.update('endpointslices', withTriggerTime(slice, triggerTime));
    for (const slice of plan.remove) remove(api, 'endpointslices', slice);
  }

  function* keysOf(event: ApiEvent): Iterable<string> {
    const { resource, object, previous, type } = event;
    if (resource === 'services') yield keyOf(object);
    else if (resource === 'pods') yield* servicesOfPod(informers, event);
    else if (resource === 'endpointslices') {
      for (const { metadata } of previous === undefined ? [object] : [previous, object]) {
        const name = metadata.labels?.['kubernetes.io/service-name'];
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

/** Plans the slices of one address family (reconcileByAddressType and finalize). */
function planFor(
  service: KubeObject,
  type: AddressType,
  existing: readonly KubeObject[],
  desired: Map<string, PortGroup>,
): SlicePlan {
  const plan: SlicePlan = { create: [], update: [], remove: existing.filter((slice) => !isOwnedBy(slice, service)) };
  const byPorts = Map.groupBy(
    existing.filter((slice) => isOwnedBy(slice, service)),
    (slice) => portKey(slice.ports ?? []),
  );
  for (const [key, group] of desired) {
    const part = planSlices(service, type, byPorts.get(key) ?? [], group);
    plan.create.push(...part.create);
    plan.update.push(...part.update);
    plan.remove.push(...part.remove);
  }
  for (const [key, slices] of byPorts) if (!desired.has(key)) plan.remove.push(...slices);
  // A Service without endpoints keeps one empty slice.
  if (existing.length === plan.remove.length && plan.create.length === 0) {
    const [only] = plan.remove;
    if (plan.remove.length === 1 && only !== undefined && isPlaceholder(only, service, type)) plan.remove = [];
    else plan.create.push(newSlice(service, type, [], []));
  }
  return reuse(plan, service);
}

/** Turns a slice that would be deleted into one that would be created (finalize). */
function reuse(plan: SlicePlan, service: KubeObject): SlicePlan {
  const create = [...plan.create];
  const update = [...plan.update];
  const remove = plan.remove.filter((slice) => {
    if (create.length === 0 || !isOwnedBy(slice, service)) return true;
    const replacement = create.pop() as NewObject;
    update.push({ ...replacement, metadata: { ...slice.metadata, labels: replacement.metadata.labels } } as KubeObject);
    return false;
  });
  return { create, update, remove };
}

function withTriggerTime<T extends NewObject | KubeObject>(slice: T, time: string | undefined): T {
  const { [triggerTimeAnnotation]: _, ...others } = slice.metadata.annotations ?? {};
  const annotations = time === undefined ? others : { ...others, [triggerTimeAnnotation]: time };
  const { annotations: __, ...metadata } = slice.metadata;
  return { ...slice, metadata: { ...metadata, ...(Object.keys(annotations).length > 0 && { annotations }) } };
}
