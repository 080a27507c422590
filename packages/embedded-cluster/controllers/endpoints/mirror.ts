import { isIPv6 } from 'node:net';
import type { V1Endpoint, V1EndpointAddress, V1EndpointSubset } from '@kubernetes/client-node';
import type { ApiEvent, KubeObject, NewObject } from '../../api/api.ts';
import { type Controller, createUnlessEnding, type Environment, remove } from '../common/controller.ts';
import { keyOf } from '../common/informers.ts';
import { triggerTimeAnnotation } from './changes.ts';
import { portKey } from './endpoint.ts';
import { managedByLabel, newSlice, serviceNameLabel, slicesOf } from './slice-plan.ts';

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
    const existing = new Set(slicesOf(informers, key, managedBy));
    for (const copy of endpoints !== undefined && isMirrored(endpoints, service) ? copiesOf(endpoints) : []) {
      const before = existing.values().find((slice) => groupOf(slice) === groupOf(copy));
      if (before === undefined) {
        createUnlessEnding(api, 'endpointslices', copy);
      } else {
        existing.delete(before);
        const { labels, annotations } = copy.metadata;
        // The API server ignores an update without a difference.
        api.update('endpointslices', { ...before, ...copy, metadata: { ...before.metadata, labels, annotations } });
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
function copiesOf(endpoints: KubeObject): NewObject[] {
  const { name, labels, annotations = {} } = endpoints.metadata;
  const copied = Object.entries(annotations).filter(([key]) => !notCopied.includes(key));
  const metadata = {
    labels: { ...labels, [serviceNameLabel]: name, [managedByLabel]: managedBy },
    annotations: copied.length > 0 ? Object.fromEntries(copied) : undefined,
  };
  const subsets: V1EndpointSubset[] = endpoints.subsets ?? [];
  return subsets.flatMap(({ addresses = [], notReadyAddresses = [], ports = [] }) => {
    const listed = [...addresses.map(copyWith(true)), ...notReadyAddresses.map(copyWith(false))];
    const named = ports.map(({ name = '', ...port }) => ({ ...port, name }));
    return (['IPv4', 'IPv6'] as const).flatMap((type) => {
      const own = listed.filter(({ addresses: [ip = ''] }) => isIPv6(ip) === (type === 'IPv6'));
      return own.length > 0 ? [newSlice(endpoints, type, named, own, metadata)] : [];
    });
  });
}

function copyWith(ready: boolean): (address: V1EndpointAddress) => V1Endpoint {
  return ({ ip, hostname, targetRef, nodeName }) => {
    return { addresses: [ip], conditions: { ready }, hostname, targetRef, nodeName };
  };
}

function groupOf({ addressType, ports }: NewObject): string {
  return `${addressType} ${portKey(ports ?? [])}`;
}
