import type { V1Endpoint } from '@kubernetes/client-node';
import type { KubeObject, NewObject } from '../../api/api.ts';
import { isEqual } from '../../api/json.ts';
import type { Informers } from '../common/informers.ts';
import { controllerReferenceTo } from '../common/owned.ts';
import { type EndpointPort, isHeadless, portKey } from './endpoint.ts';

/** The endpoints with the same port list, by pod uid: a slice has one port list. */
interface PortGroup {
  ports: EndpointPort[];
  endpoints: Map<string, V1Endpoint>;
}

/** --max-endpoints-per-slice */
const maxEndpoints = 100;

/** Plans the slices of a Service (reconcileByAddressType and finalize). */
export function planFor(service: KubeObject, existing: KubeObject[], groups: PortGroup[]) {
  const isOurs = (slice: KubeObject) => isOwnedBy(slice, service);
  const byPorts = Map.groupBy(existing.filter(isOurs), (slice) => portKey(slice.ports ?? []));
  const filled = groups.filter(({ endpoints }) => endpoints.size > 0);
  // A Service without endpoints keeps one empty slice.
  const kept = filled.length > 0 ? filled : [{ ports: [], endpoints: new Map() }];
  const desired = new Map(kept.map((group) => [portKey(group.ports), group]));
  const parts = Array.from(desired, ([key, group]) => planSlices(service, byPorts.get(key) ?? [], group));
  const create = parts.flatMap((part) => part.create);
  const update: KubeObject[] = parts.flatMap((part) => part.update);
  const superfluous = [
    ...existing.filter((slice) => !isOurs(slice)),
    ...parts.flatMap((part) => part.remove),
    ...[...byPorts].flatMap(([key, slices]) => (desired.has(key) ? [] : slices)),
  ];
  if (existing.length === superfluous.length && create.length === 0) create.push(newSlice(service, 'IPv4', [], []));
  // A slice that would be deleted turns into one that would be created.
  const remove = superfluous.filter((slice) => {
    const replacement = isOurs(slice) ? create.pop() : undefined;
    if (replacement === undefined) return true;
    update.push({ ...replacement, metadata: { ...slice.metadata, labels: replacement.metadata.labels } } as KubeObject);
    return false;
  });
  return { create, update, remove };
}

/**
 * Puts the endpoints into slices with few writes (reconciler.go, reconcileByPortMapping). Each existing slice keeps its
 * wanted endpoints. Then the slices that change anyway are filled up, the fullest first. The rest goes into one
 * unchanged slice with room, or into new slices.
 */
function planSlices(service: KubeObject, existing: KubeObject[], group: PortGroup) {
  const missing = new Map(group.endpoints);
  const update = new Map<KubeObject, V1Endpoint[]>();
  const untouched: KubeObject[] = [];
  const remove: KubeObject[] = [];
  for (const slice of existing) {
    const before: V1Endpoint[] = slice.endpoints ?? [];
    const kept = before.flatMap((endpoint) => {
      const uid = endpoint.targetRef?.uid ?? '';
      const wanted = missing.get(uid);
      // An endpoint is identified by addresses, hostname and pod (endpointset.go, endpointHash).
      if (!isEqual(endpoint.addresses, wanted?.addresses) || endpoint.hostname !== wanted?.hostname) return [];
      missing.delete(uid);
      return wanted ?? [];
    });
    if (kept.length === 0 && before.length > 0) remove.push(slice);
    else if (!isEqual(kept, before) || !hasLabelsOf(slice, service)) update.set(slice, kept);
    else untouched.push(slice);
  }
  const fullestFirst = [...update.values()].sort((a, b) => b.length - a.length);
  for (const slice of fullestFirst) fill(slice, missing);
  const create: NewObject[] = [];
  while (missing.size > 0) {
    const room = missing.size < maxEndpoints ? bestFit(untouched, missing.size) : undefined;
    if (room === undefined) {
      create.push(newSlice(service, 'IPv4', group.ports, fill([], missing)));
    } else {
      untouched.splice(untouched.indexOf(room), 1);
      update.set(room, fill([...(room.endpoints ?? [])], missing));
    }
  }
  const changed = Array.from(update, ([slice, kept]) => {
    return { ...slice, metadata: { ...slice.metadata, labels: labelsOf(service) }, endpoints: kept };
  });
  return { create, update: changed, remove };
}

function fill(slice: V1Endpoint[], missing: Map<string, V1Endpoint>): V1Endpoint[] {
  for (const [uid, endpoint] of missing) {
    if (slice.length >= maxEndpoints) break;
    slice.push(endpoint);
    missing.delete(uid);
  }
  return slice;
}

/** The slice with room that would be the fullest (utils.go, getSliceToFill). */
function bestFit(slices: readonly KubeObject[], count: number): KubeObject | undefined {
  const sizeOf = ({ endpoints }: KubeObject): number => endpoints?.length ?? 0;
  const withRoom = slices.filter((slice) => sizeOf(slice) + count <= maxEndpoints);
  return withRoom.sort((a, b) => sizeOf(b) - sizeOf(a))[0];
}

export function newSlice(
  owner: KubeObject,
  addressType: 'IPv4' | 'IPv6',
  ports: readonly EndpointPort[],
  endpoints: readonly V1Endpoint[],
  more: NewObject['metadata'] = { labels: labelsOf(owner) },
): NewObject {
  const { name, namespace } = owner.metadata;
  const ownerReferences = [controllerReferenceTo(owner)];
  const metadata = { generateName: `${name}-`, namespace, ownerReferences, ...more };
  return { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', metadata, addressType, endpoints, ports };
}

function isOwnedBy({ metadata: { ownerReferences = [] } }: KubeObject, service: KubeObject): boolean {
  return ownerReferences.some(
    ({ uid, kind, apiVersion }) => uid === service.metadata.uid && kind === 'Service' && apiVersion === 'v1',
  );
}

export const serviceNameLabel = 'kubernetes.io/service-name';
export const managedByLabel = 'endpointslice.kubernetes.io/managed-by';
export const managedBy = 'endpointslice-controller.k8s.io';
const headlessLabel = 'service.kubernetes.io/headless';

/** The slices of the Service of the key that one controller manages. */
export function slicesOf(informers: Informers, key: string, manager: string): KubeObject[] {
  const [namespace, name] = key.split('/');
  return Array.from(informers.inNamespace('endpointslices', namespace)).filter(
    ({ metadata: { labels } }) => labels?.[serviceNameLabel] === name && labels?.[managedByLabel] === manager,
  );
}

/** The Service's own labels and the reserved ones (utils.go, setEndpointSliceLabels). */
function labelsOf(service: KubeObject): Record<string, string> {
  const { [headlessLabel]: _, ...labels } = service.metadata.labels ?? {};
  return {
    ...labels,
    ...(isHeadless(service) && { [headlessLabel]: '' }),
    [serviceNameLabel]: service.metadata.name,
    [managedByLabel]: managedBy,
  };
}

/** Ignores the reserved labels: a difference there alone is not written. */
function hasLabelsOf(slice: KubeObject, service: KubeObject): boolean {
  const own = (labels: Record<string, string> = {}) => {
    const { [serviceNameLabel]: _, [managedByLabel]: __, [headlessLabel]: ___, ...others } = labels;
    return others;
  };
  return isEqual(own(slice.metadata.labels), own(service.metadata.labels));
}
