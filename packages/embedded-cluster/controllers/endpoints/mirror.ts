import { isIPv6 } from 'node:net';
import type { V1Endpoint } from '@kubernetes/client-node';
import type { ApiEvent, KubeObject, NewObject } from '../../api/api.ts';
import { isEqual } from '../../api/json.ts';
import { type Controller, createUnlessEnding, type Environment, remove } from '../common/controller.ts';
import { keyOf } from '../common/informers.ts';
import { type EndpointPort, portKey } from './endpoint.ts';
import { managedByLabel, newSlice, serviceNameLabel } from './slice-plan.ts';
import { triggerTimeAnnotation } from './trigger-times.ts';

const managedBy = 'endpointslicemirroring-controller.k8s.io';
const skipLabel = 'endpointslice.kubernetes.io/skip-mirror';
const notCopied = [triggerTimeAnnotation, 'kubectl.kubernetes.io/last-applied-configuration'];

interface Subset {
  addresses?: Address[];
  notReadyAddresses?: Address[];
  ports?: (EndpointPort & { name?: string })[];
}

interface Address {
  ip: string;
  hostname?: string;
  nodeName?: string;
  targetRef?: object;
}

/**
 * Copies the Endpoints of a Service without a selector into slices (k/endpointslicemirroring). So a Service that loses
 * its selector has two: the one that the EndpointSlice controller leaves, and the copy of the remaining Endpoints.
 */
export function endpointMirrorController({ api, informers }: Environment): Controller {
  function reconcile(key: string): void {
    const endpoints = informers.getByKey('endpoints', key);
    const service = informers.getByKey('services', key);
    const wanted = endpoints !== undefined && isMirrored(endpoints, service) ? slicesOf(endpoints) : [];
    const [namespace, name] = key.split('/');
    const existing = Array.from(informers.inNamespace('endpointslices', namespace)).filter(
      ({ metadata }) => metadata.labels?.[serviceNameLabel] === name && metadata.labels?.[managedByLabel] === managedBy,
    );
    for (const slice of wanted) {
      const at = existing.findIndex((other) => groupOf(other) === groupOf(slice));
      const [before] = at === -1 ? [] : existing.splice(at, 1);
      if (before === undefined) createUnlessEnding(api, 'endpointslices', slice);
      else if (!isCopy(before, slice)) {
        api.update('endpointslices', { ...before, ...slice, metadata: { ...before.metadata, ...metadataOf(slice) } });
      }
    }
    for (const slice of existing) remove(api, 'endpointslices', slice);
  }

  function* keysOf({ resource, object }: ApiEvent): Iterable<string> {
    if (resource === 'endpoints' || resource === 'services') yield keyOf(object);
    if (resource !== 'endpointslices' || object.metadata.labels?.[managedByLabel] !== managedBy) return;
    yield `${object.metadata.namespace}/${object.metadata.labels[serviceNameLabel]}`;
  }

  return { name: 'endpointslice-mirroring-controller', keysOf, reconcile, maxRetries: 15 };
}

function isMirrored({ metadata }: KubeObject, service: KubeObject | undefined): boolean {
  if (service === undefined || (service.spec.selector ?? undefined) !== undefined) return false;
  return (
    metadata.labels?.[skipLabel] !== 'true' &&
    metadata.annotations?.['control-plane.alpha.kubernetes.io/leader'] === undefined
  );
}

/** One slice for each port list and address family. */
function slicesOf(endpoints: KubeObject): NewObject[] {
  return ((endpoints.subsets ?? []) as Subset[]).flatMap((subset) => {
    const ports = (subset.ports ?? []).map(({ name = '', ...port }) => ({ ...port, name }));
    const listed = [
      ...(subset.addresses ?? []).map((address) => ({ address, ready: true })),
      ...(subset.notReadyAddresses ?? []).map((address) => ({ address, ready: false })),
    ];
    return (['IPv4', 'IPv6'] as const).flatMap((addressType) => {
      const own = listed.filter(({ address }) => isIPv6(address.ip) === (addressType === 'IPv6'));
      const copies = own.map(({ address, ready }) => endpointOf(address, ready));
      return copies.length > 0 ? [newSlice(endpoints, addressType, ports, copies, copiedMetadata(endpoints))] : [];
    });
  });
}

function endpointOf({ ip, hostname, nodeName, targetRef }: Address, ready: boolean): V1Endpoint {
  return {
    addresses: [ip],
    conditions: { ready },
    ...(hostname && { hostname }),
    ...(targetRef && { targetRef }),
    ...(nodeName && { nodeName }),
  };
}

function copiedMetadata({ metadata: { name, labels, annotations = {} } }: KubeObject): NewObject['metadata'] {
  const copied = Object.entries(annotations).filter(([key]) => !notCopied.includes(key));
  return {
    labels: { ...labels, [serviceNameLabel]: name, [managedByLabel]: managedBy },
    ...(copied.length > 0 && { annotations: Object.fromEntries(copied) }),
  };
}

function groupOf({ addressType, ports }: KubeObject | NewObject): string {
  return `${addressType} ${portKey((ports ?? []) as EndpointPort[])}`;
}

const metadataOf = ({ metadata: { labels, annotations } }: KubeObject | NewObject) => ({ labels, annotations });

function isCopy(before: KubeObject, slice: NewObject): boolean {
  return isEqual(before.endpoints ?? [], slice.endpoints) && isEqual(metadataOf(before), metadataOf(slice));
}
