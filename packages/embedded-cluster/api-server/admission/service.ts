import type { KubeObject } from '../../api/api.ts';
import { invalid } from '../../api/api-error.ts';
import type { Json } from '../../api/json.ts';
import { kindOf } from '../../api/kinds.ts';
import type { Cluster } from '../cluster.ts';
import { invalidValue } from '../validation/field-error.ts';

/** Service addresses are 10.96.0.1 to 10.96.255.254, node ports 30000 to 32767. */
const firstNodePort = 30_000;
const nodePorts = 2_768;

export function allocateAddresses(service: Json, cluster: Cluster): void {
  const { spec } = service;
  if (spec.type === 'ExternalName') return;
  const others = cluster.store
    .list('services')
    .filter(
      ({ metadata }) => metadata.name !== service.metadata.name || metadata.namespace !== service.metadata.namespace,
    );
  spec.clusterIP ??= spec.clusterIPs?.[0] ?? freeAddress(others, cluster);
  spec.clusterIPs ??= [spec.clusterIP];
  spec.ipFamilies ??= ['IPv4'];
  spec.ipFamilyPolicy ??= 'SingleStack';
  if (spec.clusterIP !== 'None') checkAddress(service, others);
  if (spec.type === 'ClusterIP') return;
  const taken = new Set(others.flatMap((other) => (other.spec.ports ?? []).map((port: Json) => port.nodePort)));
  for (const port of spec.ports ?? []) {
    while (!port.nodePort || (taken.has(port.nodePort) && !port.isAsked)) {
      const drawn = firstNodePort + Math.floor(cluster.random() * nodePorts);
      if (!taken.has(drawn)) port.nodePort = drawn;
    }
    taken.add(port.nodePort);
  }
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
  const refuse = (why: string) => {
    const cause = invalidValue('spec.clusterIPs', [address], `failed to allocate IP ${address}: ${why}`);
    return invalid(kindOf('services'), service.metadata.name, [cause]);
  };
  if (!address.startsWith('10.96.')) throw refuse('the provided network does not match the current range');
  if (others.some((other) => other.spec.clusterIP === address)) throw refuse('provided IP is already allocated');
}

/** Restores what the server has allocated: a PUT may omit it (service/storage/alloc.go, patchAllocatedValues). */
export function keepAddresses(service: Json, old: KubeObject): void {
  const { spec } = service;
  if (spec.type === 'ExternalName') {
    // The change of type releases them, unless the client sends other values.
    for (const field of ['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy']) {
      if (JSON.stringify(spec[field]) === JSON.stringify(old.spec[field])) delete spec[field];
    }
    return;
  }
  if (old.spec.type === 'ExternalName') return;
  spec.clusterIP ??= old.spec.clusterIP;
  if (spec.clusterIP === old.spec.clusterIP) spec.clusterIPs ??= old.spec.clusterIPs;
  spec.ipFamilies ??= old.spec.ipFamilies;
  spec.ipFamilyPolicy ??= old.spec.ipFamilyPolicy;
  if (spec.type === 'ClusterIP') {
    for (const port of spec.ports ?? []) {
      const before = old.spec.ports?.find((each: Json) => each.port === port.port && each.protocol === port.protocol);
      if (old.spec.type !== 'ClusterIP' && before?.nodePort === port.nodePort) delete port.nodePort;
    }
    return;
  }
  for (const port of spec.ports ?? []) {
    const before = old.spec.ports?.find((each: Json) => each.port === port.port && each.protocol === port.protocol);
    if (before?.nodePort) port.nodePort ??= before.nodePort;
  }
}
