import { isIPv6 } from 'node:net';
import type { V1ContainerPort, V1Endpoint, V1ServicePort } from '@kubernetes/client-node';
import type { KubeObject } from '../../api/api.ts';
import { isReady, isTerminal, isTerminating, type Pod } from '../../api/pod.ts';
import { portsOf } from '../common/pod-control.ts';

export interface EndpointPort {
  name: string;
  port: number;
  protocol?: string;
  appProtocol?: string;
}

/** True for a pod that runs and has an IP (endpointslice/util, ShouldPodBeInEndpoints). */
export function hasEndpoint(pod: Pod, withTerminating: boolean): boolean {
  const hasAddress = Boolean(pod.status.podIP) || (pod.status.podIPs ?? []).length > 0;
  return hasAddress && !isTerminal(pod) && (withTerminating || !isTerminating(pod));
}

/** The pod's endpoint, possibly without addresses (utils.go, podToEndpoint). No Service has IPv6 here. */
export function endpointOf(pod: Pod, node: KubeObject | undefined, service: KubeObject): V1Endpoint {
  const { namespace, name, uid } = pod.metadata;
  const { nodeName, hostname, subdomain } = pod.spec;
  const serving = isReady(pod);
  const terminating = isTerminating(pod);
  const ready = service.spec.publishNotReadyAddresses === true || (serving && !terminating);
  const zone = node?.metadata.labels?.['topology.kubernetes.io/zone'];
  return {
    addresses: (pod.status.podIPs ?? []).map(({ ip }) => ip).filter((ip) => !isIPv6(ip)),
    conditions: { ready, serving, terminating },
    // Only pods of a headless Service with their own hostname get a DNS name (ShouldSetHostname).
    hostname: subdomain === service.metadata.name ? hostname || undefined : undefined,
    targetRef: { kind: 'Pod', namespace, name, uid },
    nodeName: nodeName || undefined,
    zone: zone || undefined,
    hints: ready ? hintsFor(service, zone, nodeName) : undefined,
  };
}

/** Where a proxy should send traffic from, by the Service's trafficDistribution (trafficdist.go). */
function hintsFor({ spec }: KubeObject, zone: string | undefined, node: string | undefined): V1Endpoint['hints'] {
  if (!['PreferClose', 'PreferSameZone', 'PreferSameNode'].includes(spec.trafficDistribution)) return undefined;
  const forZones = zone ? [{ name: zone }] : undefined;
  const forNodes = node && spec.trafficDistribution === 'PreferSameNode' ? [{ name: node }] : undefined;
  return forZones || forNodes ? { forZones, forNodes } : undefined;
}

/** Independent of the order of the ports. */
export function portKey(ports: readonly EndpointPort[]): string {
  return ports
    .map(({ name, port, protocol, appProtocol }) => JSON.stringify([name ?? '', port, protocol, appProtocol]))
    .sort()
    .join();
}

/**
 * The pods by the Service's ports on them (utils.go, getEndpointPorts). A named targetPort is looked up in the pod's
 * containers and sidecars, and omitted when it is missing, so two pods may have different ports.
 */
export function groupByPorts(service: KubeObject, pods: readonly Pod[]): { ports: EndpointPort[]; members: Pod[] }[] {
  const servicePorts: V1ServicePort[] = service.spec.ports ?? [];
  const portsOn = (pod: Pod) =>
    servicePorts.flatMap((servicePort) => {
      const { name = '', protocol, appProtocol } = servicePort;
      const port = findPort(pod, servicePort);
      return port === undefined ? [] : [{ name, port, protocol, appProtocol }];
    });
  // Numeric ports are the same on every pod.
  const mayDiffer = servicePorts.some(({ targetPort }) => typeof targetPort === 'string');
  const groups = Map.groupBy(pods, (pod) => (mayDiffer ? portKey(portsOn(pod)) : '')).values();
  return Array.from(groups, (members) => ({ ports: portsOn(members[0] as Pod), members }));
}

function findPort(pod: Pod, { targetPort, port, protocol }: V1ServicePort): number | undefined {
  if (typeof targetPort !== 'string') return targetPort ?? port;
  const isMeant = (each: V1ContainerPort) => each.name === targetPort && (each.protocol ?? 'TCP') === protocol;
  return portsOf(pod).find(isMeant)?.containerPort;
}

export function isHeadless(service: KubeObject): boolean {
  return !service.spec.clusterIP || service.spec.clusterIP === 'None';
}

/** False without a selector and for ExternalName: other writers manage those endpoints. */
export function hasManagedEndpoints({ spec: { type, selector } }: KubeObject): boolean {
  return type !== 'ExternalName' && selector !== undefined;
}
