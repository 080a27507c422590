import { isIPv4, isIPv6 } from 'node:net';
import type { KubeObject } from '../../api/api.ts';
import { invalid } from '../../api/api-error.ts';
import { isEqual, type Json } from '../../api/json.ts';
import { kindOf } from '../../api/kinds.ts';
import type { Cluster } from '../cluster.ts';
import { invalidValue } from '../validation/field.ts';

/** Service addresses are 10.96.0.1 to 10.96.255.254, node ports 30000 to 32767. */
const firstNodePort = 30_000;
const lastNodePort = 32_767;

/** Gives a Service its address and node ports, or refuses those that it asks for (service/storage/alloc.go). */
export function allocateAddresses(service: Json, cluster: Cluster, old?: KubeObject): void {
  const { spec } = service;
  if (spec.type === 'ExternalName') return;
  const { name, namespace } = service.metadata;
  const isOther = ({ metadata }: KubeObject) => metadata.name !== name || metadata.namespace !== namespace;
  const others = cluster.store.list('services').filter(isOther);
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
  const single = 'this cluster is not configured for dual-stack services';
  if (ipFamilyPolicy === 'RequireDualStack') throw refusal(service, 'spec.ipFamilyPolicy', ipFamilyPolicy, single);
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
  const { ports = [], allocateLoadBalancerNodePorts, type }: Json = service.spec;
  const taken = new Set(others.flatMap(nodePortsOf));
  const own = old === undefined ? [] : nodePortsOf(old);
  for (const [index, { nodePort }] of ports.entries()) {
    if (!nodePort || own.includes(nodePort)) continue;
    const refuse = (why: string) =>
      refusal(service, `spec.ports[${index}].nodePort`, nodePort, `provided port is ${why}`);
    if (nodePort < firstNodePort || nodePort > lastNodePort)
      throw refuse(`not in the valid range. The range of valid ports is ${firstNodePort}-${lastNodePort}`);
    if (taken.has(nodePort)) throw refuse('already allocated');
  }
  if (type === 'LoadBalancer' && allocateLoadBalancerNodePorts === false) return;
  for (const port of ports) if (port.nodePort) taken.add(port.nodePort);
  for (const port of ports) {
    while (!port.nodePort) {
      const drawn = firstNodePort + Math.floor(cluster.random() * (lastNodePort - firstNodePort + 1));
      if (!taken.has(drawn)) port.nodePort = drawn;
    }
    taken.add(port.nodePort);
  }
}

const addressFields = ['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy'];

/** Fields that a Service loses with the types that need them (service/strategy.go, dropTypeDependentFields). */
const ofTypes: readonly (readonly [needs: (spec: Json) => boolean, fields: readonly string[]])[] = [
  [({ type }) => type !== 'ExternalName', [...addressFields, 'internalTrafficPolicy']],
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
  for (const port of spec.ports ?? []) {
    const isSame = (each: Json) => each.port === port.port && each.protocol === port.protocol;
    const before = old.spec.ports?.find(isSame)?.nodePort;
    if (needsExternalPorts(spec) && before) port.nodePort ??= before;
    if (needsExternalPorts(old.spec) && !needsExternalPorts(spec) && before === port.nodePort) delete port.nodePort;
  }
  if (spec.type === 'ExternalName' || old.spec.type === 'ExternalName') return;
  if ((spec.clusterIP ?? old.spec.clusterIP) !== old.spec.clusterIP) spec.clusterIPs = [spec.clusterIP];
  for (const field of addressFields) spec[field] ??= old.spec[field];
}
