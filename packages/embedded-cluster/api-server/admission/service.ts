import { isIPv4, isIPv6 } from 'node:net';
import type { KubeObject } from '../../api/api.ts';
import { invalid } from '../../api/api-error.ts';
import { isEqual, type Json } from '../../api/json.ts';
import { kindOf } from '../../api/kinds.ts';
import type { Cluster } from '../cluster.ts';
import { invalidValue } from '../validation/field-error.ts';

/** Service addresses are 10.96.0.1 to 10.96.255.254, node ports 30000 to 32767. */
const firstNodePort = 30_000;
const nodePorts = 2_768;

/** Gives a Service its address and node ports, or refuses those that it asks for (service/storage/alloc.go). */
export function allocateAddresses(service: Json, cluster: Cluster, old?: KubeObject): void {
  const { spec } = service;
  if (spec.type === 'ExternalName') return;
  const others = cluster.store
    .list('services')
    .filter(
      ({ metadata }) => metadata.name !== service.metadata.name || metadata.namespace !== service.metadata.namespace,
    );
  checkFamilies(service);
  spec.clusterIP ??= spec.clusterIPs?.[0] ?? freeAddress(others, cluster);
  spec.clusterIPs ??= [spec.clusterIP];
  spec.ipFamilies ??= ['IPv4'];
  spec.ipFamilyPolicy ??= 'SingleStack';
  // Validation refuses what is no address.
  if (isIPv4(spec.clusterIP)) checkAddress(service, others);
  if (needsExternalPorts(spec)) allocateNodePorts(service, others, cluster, old);
}

const needsExternalPorts = ({ type }: Json) => type === 'NodePort' || type === 'LoadBalancer';

function refusal(service: Json, field: string, value: Json, why: string) {
  return invalid(kindOf('services'), service.metadata.name ?? '', [invalidValue(field, value, why)]);
}

function checkFamilies(service: Json): void {
  const { clusterIP, ipFamilies = [], ipFamilyPolicy } = service.spec;
  if (isIPv6(clusterIP ?? ''))
    throw refusal(service, 'spec.clusterIPs[0]', [clusterIP], 'IPv6 is not configured on this cluster');
  if (ipFamilyPolicy === 'RequireDualStack') {
    const why = 'this cluster is not configured for dual-stack services';
    throw refusal(service, 'spec.ipFamilyPolicy', ipFamilyPolicy, why);
  }
  const index = ipFamilies.indexOf('IPv6');
  if (index >= 0) throw refusal(service, `spec.ipFamilies[${index}]`, 'IPv6', 'not configured on this cluster');
}

function freeAddress(others: readonly KubeObject[], cluster: Cluster): string {
  const taken = new Set(others.map((other) => other.spec.clusterIP));
  for (;;) {
    const address = `10.96.${Math.floor(cluster.random() * 256)}.${1 + Math.floor(cluster.random() * 254)}`;
    if (!taken.has(address)) return address;
  }
}

function checkAddress(service: Json, others: readonly KubeObject[]): void {
  const address: string = service.spec.clusterIP;
  const refuse = (why: string) =>
    refusal(service, 'spec.clusterIPs', [address], `failed to allocate IP ${address}: ${why}`);
  if (!address.startsWith('10.96.')) throw refuse('the provided network does not match the current range');
  if (others.some((other) => other.spec.clusterIP === address)) throw refuse('provided IP is already allocated');
}

const nodePortsOf = ({ spec }: KubeObject): number[] => (spec.ports ?? []).map((port: Json) => port.nodePort);

function allocateNodePorts(service: Json, others: readonly KubeObject[], cluster: Cluster, old?: KubeObject): void {
  const { ports = [], allocateLoadBalancerNodePorts, type } = service.spec;
  const taken = new Set(others.flatMap(nodePortsOf));
  const own = new Set(old === undefined ? [] : nodePortsOf(old));
  const range = `${firstNodePort}-${firstNodePort + nodePorts - 1}`;
  (ports as Json[]).forEach((port, index) => {
    if (!port.nodePort || own.has(port.nodePort)) return;
    const isInRange = port.nodePort >= firstNodePort && port.nodePort < firstNodePort + nodePorts;
    const field = `spec.ports[${index}].nodePort`;
    if (!isInRange) {
      const why = `provided port is not in the valid range. The range of valid ports is ${range}`;
      throw refusal(service, field, port.nodePort, why);
    }
    if (taken.has(port.nodePort)) throw refusal(service, field, port.nodePort, 'provided port is already allocated');
  });
  if (type === 'LoadBalancer' && allocateLoadBalancerNodePorts === false) return;
  for (const port of ports) if (port.nodePort) taken.add(port.nodePort);
  for (const port of ports) {
    while (!port.nodePort) {
      const drawn = firstNodePort + Math.floor(cluster.random() * nodePorts);
      if (!taken.has(drawn)) port.nodePort = drawn;
    }
    taken.add(port.nodePort);
  }
}

/** Fields that a Service loses with the types that need them (service/strategy.go, dropTypeDependentFields). */
const ofTypes: readonly (readonly [needs: (spec: Json) => boolean, fields: readonly string[]])[] = [
  [({ type }) => type !== 'ExternalName', ['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy']],
  [({ type }) => type !== 'ExternalName', ['internalTrafficPolicy']],
  [({ type }) => type === 'LoadBalancer', ['allocateLoadBalancerNodePorts', 'loadBalancerClass']],
  [(spec) => needsExternalPorts(spec) || spec.externalIPs?.length > 0, ['externalTrafficPolicy']],
];

/** Restores what the server has allocated, which a PUT may omit, and drops what the new type does not need. */
export function keepAddresses(service: Json, old: KubeObject): void {
  const { spec } = service;
  for (const [needs, fields] of ofTypes) {
    if (!needs(old.spec) || needs(spec)) continue;
    // A client that sends another value means it.
    for (const field of fields) if (isEqual(spec[field], old.spec[field])) delete spec[field];
  }
  const hadPorts = needsExternalPorts(old.spec);
  const before = (port: Json) =>
    old.spec.ports?.find((each: Json) => each.port === port.port && each.protocol === port.protocol)?.nodePort;
  for (const port of spec.ports ?? []) {
    if (needsExternalPorts(spec) && before(port)) port.nodePort ??= before(port);
    else if (hadPorts && !needsExternalPorts(spec) && before(port) === port.nodePort) delete port.nodePort;
  }
  if (spec.type === 'ExternalName' || old.spec.type === 'ExternalName') return;
  spec.clusterIP ??= old.spec.clusterIP;
  if (spec.clusterIP === old.spec.clusterIP) spec.clusterIPs ??= old.spec.clusterIPs;
  else spec.clusterIPs = [spec.clusterIP];
  spec.ipFamilies ??= old.spec.ipFamilies;
  spec.ipFamilyPolicy ??= old.spec.ipFamilyPolicy;
}
