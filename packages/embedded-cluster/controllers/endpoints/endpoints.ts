import type { V1EndpointAddress } from '@kubernetes/client-node';
import type { ApiEvent, KubeObject } from '../../api/api.ts';
import { isEqual } from '../../api/json.ts';
import { isReady, type Pod } from '../../api/pod.ts';
import { type Controller, createUnlessEnding, type Environment, remove } from '../common/controller.ts';
import { keyOf } from '../common/informers.ts';
import { podsOf, servicesOfPod, TriggerTimes, triggerTimeAnnotation } from './changes.ts';
import { endpointOf, groupByPorts, hasEndpoint, hasManagedEndpoints, isHeadless, servicePortsOf } from './endpoint.ts';

/** Endpoints objects omit further addresses (endpoints_controller.go, maxCapacity). */
const maxAddresses = 1000;

interface Subset {
  addresses?: object[];
  notReadyAddresses?: object[];
  ports?: object[];
}

/**
 * Writes one Endpoints object for each Service, the deprecated form of EndpointSlices without terminating pods
 * (k/endpoint/endpoints_controller.go).
 */
export function endpointsController(environment: Environment): Controller {
  const { api, informers } = environment;
  const triggerTimes = new TriggerTimes();

  function reconcile(key: string): void {
    const service = informers.getByKey('services', key);
    const current = informers.getByKey('endpoints', key);
    if (service === undefined) {
      triggerTimes.forget(key);
      if (current !== undefined) remove(api, 'endpoints', current);
      return;
    }
    if (!hasManagedEndpoints(service)) return;
    const { name, namespace, labels } = service.metadata;
    const pods = podsOf(informers, service);
    const triggerTime = triggerTimes.next(key, service, pods);
    const { subsets, isTruncated } = truncated(subsetsOf(service, pods));
    const wanted = {
      ...labels,
      ...(isHeadless(service) && { 'service.kubernetes.io/headless': '' }),
      'endpoints.kubernetes.io/managed-by': 'endpoint-controller',
    };
    const isSame = isEqual(current?.subsets ?? [], subsets) && isEqual(current?.metadata.labels, wanted);
    if (current !== undefined && isSame) return;
    const annotations = {
      ...(triggerTime !== undefined && { [triggerTimeAnnotation]: triggerTime }),
      ...(isTruncated && { 'endpoints.kubernetes.io/over-capacity': 'truncated' }),
    };
    const metadata = { name, namespace, labels: wanted, annotations };
    const endpoints = { apiVersion: 'v1', kind: 'Endpoints', metadata, subsets };
    if (current === undefined) createUnlessEnding(api, 'endpoints', endpoints);
    else api.update('endpoints', { ...endpoints, metadata: { ...current.metadata, ...metadata } });
  }

  function* keysOf(event: ApiEvent): Iterable<string> {
    if (event.resource === 'services' || event.resource === 'endpoints') yield keyOf(event.object);
    else if (event.resource === 'pods') yield* servicesOfPod(informers, event);
  }

  return { name: 'endpoint-controller', keysOf, reconcile, backoff: { baseMs: 1000, maxMs: 100_000 }, maxRetries: 15 };
}

/** One subset for each port list, with ready and unready addresses sorted by IP (RepackSubsets). */
function subsetsOf(service: KubeObject, pods: readonly Pod[]): Subset[] {
  const acceptsUnready = service.spec.publishNotReadyAddresses === true;
  const mayBePortless = isHeadless(service) && servicePortsOf(service).length === 0;
  const groups = groupByPorts(
    service,
    pods.filter((pod) => hasEndpoint(pod, acceptsUnready)),
  );
  return groups
    .filter(({ ports }) => mayBePortless || ports.length > 0)
    .map(({ ports, members }) => {
      const addresses = (isReadyListed: boolean) =>
        members
          .filter((pod) => (acceptsUnready || isReady(pod)) === isReadyListed)
          .flatMap((pod) => addressOf(service, pod))
          .map((address) => ({ address, key: sortKey(address.ip) }))
          .sort((a, b) => (a.key < b.key ? -1 : 1))
          .map(({ address }) => address);
      const named = ports.map(({ name, ...port }) => ({ name: name || undefined, ...port }));
      return subsetOf(addresses(true), addresses(false), named);
    });
}

function subsetOf(addresses: object[], notReadyAddresses: object[], ports: object[] = []): Subset {
  const lists = Object.entries({ addresses, notReadyAddresses, ports });
  return Object.fromEntries(lists.filter(([, list]) => list.length > 0));
}

/** Sorts 10.0.0.9 before 10.0.0.10. */
function sortKey(ip: string): string {
  return ip.replace(/[0-9a-f]+/gi, (part) => part.padStart(4, '0'));
}

function addressOf(service: KubeObject, pod: Pod): V1EndpointAddress[] {
  const { addresses, hostname, nodeName, targetRef } = endpointOf(pod, undefined, service);
  return addresses.slice(0, 1).map((ip) => ({ ip, hostname, nodeName, targetRef }));
}

/** Keeps ready addresses first (truncateEndpoints). */
function truncated(subsets: readonly Subset[]): { subsets: Subset[]; isTruncated: boolean } {
  let room = maxAddresses;
  const take = (addresses: object[] = []): object[] => {
    const taken = addresses.slice(0, Math.max(0, room));
    room -= addresses.length;
    return taken;
  };
  const ready = subsets.map(({ addresses }) => take(addresses));
  const others = subsets.map(({ notReadyAddresses }) => take(notReadyAddresses));
  const kept = subsets.map(({ ports }, at) => subsetOf(ready[at] ?? [], others[at] ?? [], ports));
  return { subsets: kept.filter((each) => each.addresses ?? each.notReadyAddresses), isTruncated: room < 0 };
}
