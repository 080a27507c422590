import { isIPv6 } from 'node:net';
import type { V1Endpoint, V1EndpointAddress, V1EndpointSubset } from '@kubernetes/client-node';
import type { ApiEvent, KubeObject, NewObject } from '../../api/api.ts';
import { isEqual } from '../../api/json.ts';
import { type Controller, createUnlessEnding, type Environment, remove } from '../common/controller.ts';
import { keyOf } from '../common/informers.ts';
import { triggerTimeAnnotation } from './changes.ts';
import { type EndpointPort, portKey } from './endpoint.ts';
import { managedByLabel, newSlice, serviceNameLabel } from './slice-plan.ts';

const managedBy = 'endpointslicemirroring-controller.k8s.io';
const skipLabel = 'endpointslice.kubernetes.io/skip-mirror';
const leaderAnnotation = 'control-plane.alpha.kubernetes.io/leader';
const notCopied = [triggerTimeAnnotation, 'kubectl.kubernetes.io/last-applied-configuration'];

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

function isMirrored({ metadata: { labels, annotations } }: KubeObject, service: KubeObject | undefined): boolean {
  const hasSelector = service === undefined || service.spec.selector !== undefined;
  return !hasSelector && labels?.[skipLabel] !== 'true' && annotations?.[leaderAnnotation] === undefined;
}

/** One slice for each port list and address family. */
function slicesOf(endpoints: KubeObject): NewObject[] {
  const subsets: V1EndpointSubset[] = endpoints.subsets ?? [];
  return subsets.flatMap(({ addresses = [], notReadyAddresses = [], ports = [] }) => {
    const copies = [
      ...addresses.map((address) => endpointOf(address, true)),
      ...notReadyAddresses.map((address) => endpointOf(address, false)),
    ];
    const named = ports.map(({ name = '', ...port }) => ({ ...port, name }));
    return (['IPv4', 'IPv6'] as const).flatMap((type) => {
      const own = copies.filter(({ addresses: [ip = ''] }) => isIPv6(ip) === (type === 'IPv6'));
      return own.length > 0 ? [newSlice(endpoints, type, named, own, copiedMetadata(endpoints))] : [];
    });
  });
}

function endpointOf({ ip, hostname, nodeName, targetRef }: V1EndpointAddress, ready: boolean): V1Endpoint {
  return { addresses: [ip], conditions: { ready }, hostname, targetRef, nodeName };
}

function copiedMetadata({ metadata: { name, labels, annotations = {} } }: KubeObject): NewObject['metadata'] {
  const copied = Object.entries(annotations).filter(([key]) => !notCopied.includes(key));
  return {
    labels: { ...labels, [serviceNameLabel]: name, [managedByLabel]: managedBy },
    annotations: copied.length > 0 ? Object.fromEntries(copied) : undefined,
  };
}

function groupOf({ addressType, ports }: KubeObject | NewObject): string {
  return `${addressType} ${portKey((ports ?? []) as EndpointPort[])}`;
}

const metadataOf = ({ metadata: { labels, annotations } }: KubeObject | NewObject) => ({ labels, annotations });

function isCopy(before: KubeObject, slice: NewObject): boolean {
  return isEqual(before.endpoints ?? [], slice.endpoints) && isEqual(metadataOf(before), metadataOf(slice));
}
