import type { V1Endpoint } from '@kubernetes/client-node';
import type { KubeObject, NewObject } from '../../api/api.ts';
import { isEqual } from '../../api/json.ts';
import { controllerReferenceTo } from '../common/owned.ts';
import { type AddressType, type EndpointPort, isHeadless } from './endpoint.ts';

export type Endpoint = V1Endpoint;

export interface SlicePlan {
  create: NewObject[];
  update: KubeObject[];
  remove: KubeObject[];
}

/** The endpoints with the same port list, by pod uid: a slice has one port list. */
export interface PortGroup {
  ports: EndpointPort[];
  endpoints: Map<string, Endpoint>;
}

/** --max-endpoints-per-slice */
const maxEndpoints = 100;

/**
 * Puts the endpoints into slices with few writes (reconciler.go, reconcileByPortMapping). Each existing slice keeps its
 * wanted endpoints. Then the slices that change anyway are filled up, the fullest first. The rest goes into one
 * unchanged slice with room, or into new slices.
 */
export function planSlices(
  service: KubeObject,
  type: AddressType,
  existing: readonly KubeObject[],
  { ports, endpoints }: PortGroup,
): SlicePlan {
  const missing = new Map(endpoints);
  const update = new Map<KubeObject, Endpoint[]>();
  const untouched: KubeObject[] = [];
  const remove: KubeObject[] = [];
  for (const slice of existing) {
    const before: Endpoint[] = slice.endpoints ?? [];
    const kept = before.flatMap((endpoint) => {
      const uid = endpoint.targetRef?.uid ?? '';
      const wanted = missing.get(uid);
      // An endpoint is identified by addresses, hostname and pod (endpointset.go, endpointHash).
      if (wanted === undefined || !isSameEndpoint(endpoint, wanted)) return [];
      missing.delete(uid);
      return [wanted];
    });
    if (kept.length === 0 && before.length > 0) remove.push(slice);
    else if (!isEqual(kept, before) || !hasLabelsOf(slice, service)) update.set(slice, kept);
    else untouched.push(slice);
  }

  const fullestFirst = [...update.values()].sort((a, b) => b.length - a.length);
  for (const slice of fullestFirst) fill(slice, missing);

  const created: Endpoint[][] = [];
  while (missing.size > 0) {
    const room = missing.size < maxEndpoints ? bestFit(untouched, missing.size) : undefined;
    if (room === undefined) {
      created.push(fill([], missing));
    } else {
      untouched.splice(untouched.indexOf(room), 1);
      update.set(room, fill([...(room.endpoints ?? [])], missing));
    }
  }
  return {
    create: created.map((each) => newSlice(service, type, ports, each)),
    update: [...update].map(([slice, kept]) => ({
      ...slice,
      metadata: { ...slice.metadata, labels: labelsOf(service) },
      endpoints: kept,
    })),
    remove,
  };
}

function fill(slice: Endpoint[], missing: Map<string, Endpoint>): Endpoint[] {
  for (const [uid, endpoint] of missing) {
    if (slice.length >= maxEndpoints) break;
    slice.push(endpoint);
    missing.delete(uid);
  }
  return slice;
}

/** The slice with room that would be the fullest (utils.go, getSliceToFill). */
function bestFit(slices: readonly KubeObject[], count: number): KubeObject | undefined {
  const left = (slice: KubeObject) => maxEndpoints - count - (slice.endpoints?.length ?? 0);
  return slices
    .filter((slice) => left(slice) >= 0)
    .reduce<KubeObject | undefined>((best, slice) => (best && left(best) <= left(slice) ? best : slice), undefined);
}

function isSameEndpoint(one: Endpoint, other: Endpoint): boolean {
  return isEqual(one.addresses, other.addresses) && one.hostname === other.hostname;
}

export function newSlice(
  owner: KubeObject,
  addressType: AddressType,
  ports: readonly EndpointPort[],
  endpoints: readonly Endpoint[],
  more: NewObject['metadata'] = { labels: labelsOf(owner) },
): NewObject {
  const { name, namespace = '' } = owner.metadata;
  const ownerReferences = [controllerReferenceTo(owner)];
  const metadata = { generateName: `${name}-`, namespace, ownerReferences, ...more };
  return { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', metadata, addressType, endpoints, ports };
}

/** True for the empty slice that this controller creates for a Service without endpoints. */
export function isPlaceholder(slice: KubeObject, service: KubeObject, type: AddressType): boolean {
  return (
    slice.addressType === type &&
    (slice.endpoints ?? []).length === 0 &&
    (slice.ports ?? []).length === 0 &&
    isOwnedBy(slice, service) &&
    hasLabelsOf(slice, service)
  );
}

export function isOwnedBy(slice: KubeObject, service: KubeObject): boolean {
  return (slice.metadata.ownerReferences ?? []).some(
    ({ uid, kind, apiVersion }) => uid === service.metadata.uid && kind === 'Service' && apiVersion === 'v1',
  );
}

export const serviceNameLabel = 'kubernetes.io/service-name';
export const managedByLabel = 'endpointslice.kubernetes.io/managed-by';
const headlessLabel = 'service.kubernetes.io/headless';

/** The Service's own labels and the reserved ones (utils.go, setEndpointSliceLabels). */
function labelsOf(service: KubeObject): Record<string, string> {
  const { [headlessLabel]: _, ...labels } = service.metadata.labels ?? {};
  return {
    ...labels,
    ...(isHeadless(service) && { [headlessLabel]: '' }),
    [serviceNameLabel]: service.metadata.name,
    [managedByLabel]: 'endpointslice-controller.k8s.io',
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
