import type { V1EndpointAddress, V1EndpointSubset } from '@kubernetes/client-node';
import type { ApiEvent, KubeObject } from '../../api/api.ts';
import { isEqual } from '../../api/json.ts';
import { isReady, type Pod } from '../../api/pod.ts';
import { type Controller, createUnlessEnding, type Environment, remove } from '../common/controller.ts';
import { keyOf } from '../common/informers.ts';
import { podsOf, servicesOfPod, TriggerTimes, triggerTimeAnnotation } from './changes.ts';
import { endpointOf, groupByPorts, hasEndpoint, hasManagedEndpoints, isHeadless } from './endpoint.ts';

/** Endpoints objects omit further addresses (endpoints_controller.go, maxCapacity). */
const maxAddresses = 1000;

/**
 * Writes one Endpoints object for each Service, the deprecated form of EndpointSlices without terminating pods
 * (k/endpoint/endpoints_controller.go).
 */
export function endpointsController({ api, informers }: Environment): Controller {
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
    const { subsets, isTruncated } = subsetsOf(service, pods);
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
    const { resource, object, type } = event;
    if (resource === 'services' || (resource === 'endpoints' && type === 'DELETED')) yield keyOf(object);
    else if (resource === 'pods') yield* servicesOfPod(informers, event);
  }

  return { name: 'endpoint-controller', keysOf, reconcile, backoff: { baseMs: 1000, maxMs: 100_000 }, maxRetries: 15 };
}

/** One subset for each port list, with ready and unready addresses sorted by IP (RepackSubsets). */
function subsetsOf(service: KubeObject, pods: readonly Pod[]): { subsets: V1EndpointSubset[]; isTruncated: boolean } {
  const acceptsUnready = service.spec.publishNotReadyAddresses === true;
  const mayBePortless = isHeadless(service) && !service.spec.ports?.length;
  const listed = pods.filter((pod) => hasEndpoint(pod, acceptsUnready));
  const groups = groupByPorts(service, listed).filter(({ ports }) => mayBePortless || ports.length > 0);
  let room = maxAddresses;
  /** The first addresses for which there is room (truncateEndpoints). */
  const take = (members: readonly Pod[]): V1EndpointAddress[] | undefined => {
    const addresses = members.flatMap((pod) => addressOf(service, pod));
    const taken = addresses.sort((a, b) => (sortKey(a.ip) < sortKey(b.ip) ? -1 : 1)).slice(0, Math.max(0, room));
    room -= addresses.length;
    return taken.length > 0 ? taken : undefined;
  };
  const isListedReady = (pod: Pod) => acceptsUnready || isReady(pod);
  // Ready addresses come first.
  const ready = groups.map(({ members }) => take(members.filter(isListedReady)));
  const subsets = groups.map(({ ports, members }, at) => ({
    addresses: ready[at],
    notReadyAddresses: take(members.filter((pod) => !isListedReady(pod))),
    ports: ports.length > 0 ? ports.map((port) => ({ ...port, name: port.name || undefined })) : undefined,
  }));
  const kept = subsets.filter((each) => each.addresses ?? each.notReadyAddresses);
  return { subsets: kept, isTruncated: room < 0 };
}

/** Sorts 10.0.0.9 before 10.0.0.10. */
function sortKey(ip: string): string {
  return ip.replace(/[0-9a-f]+/gi, (part) => part.padStart(4, '0'));
}

function addressOf(service: KubeObject, pod: Pod): V1EndpointAddress[] {
  const { addresses, hostname, nodeName, targetRef } = endpointOf(pod, undefined, service);
  return addresses.slice(0, 1).map((ip) => ({ ip, hostname, nodeName, targetRef }));
}
