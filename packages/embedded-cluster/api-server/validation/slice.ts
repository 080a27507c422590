import { isIP } from 'node:net';
import type { KubeObject } from '../../api/api.ts';
import type { Cause } from '../../api/api-error.ts';
import { isEqual, type Json } from '../../api/json.ts';
import { duplicate, invalidValue, notSupported, required, tooMany } from './field-error.ts';
import { dnsLabelErrors, ipErrors } from './text.ts';

const families: Record<string, number> = { IPv4: 4, IPv6: 6 };

/** The rules of an EndpointSlice (apis/discovery/validation). */
export function sliceErrors(slice: Json): Cause[] {
  return [...addressTypeErrors(slice.addressType), ...portErrors(slice.ports ?? []), ...endpointsErrors(slice)];
}

export function changedSliceErrors(slice: Json, old: KubeObject): Cause[] {
  // Unchanged endpoints are not validated again.
  const isSame = isEqual(slice.endpoints, old.endpoints);
  const causes = sliceErrors(isSame ? { ...slice, endpoints: [] } : slice);
  if (slice.addressType !== old.addressType) {
    causes.push(invalidValue('addressType', slice.addressType ?? '', 'field is immutable'));
  }
  return causes;
}

function addressTypeErrors(type: string | undefined): Cause[] {
  if (!type) return [required('addressType')];
  const types = ['FQDN', 'IPv4', 'IPv6'];
  return types.includes(type) ? [] : [notSupported('addressType', type, types)];
}

function portErrors(ports: Json[]): Cause[] {
  const names: string[] = [];
  return ports.flatMap((port, index) => {
    const path = `ports[${index}].name`;
    const causes = port.name ? dnsLabelErrors(port.name).map((error) => invalidValue(path, port.name, error)) : [];
    if (names.includes(port.name)) causes.push(duplicate(path, port.name));
    names.push(port.name);
    return causes;
  });
}

const maxEndpoints = 1_000;

function endpointsErrors({ endpoints, addressType }: Json): Cause[] {
  if ((endpoints ?? []).length > maxEndpoints) return [tooMany('endpoints', endpoints.length, maxEndpoints)];
  return (endpoints ?? []).flatMap((endpoint: Json, index: number) => {
    const path = `endpoints[${index}].addresses`;
    const addresses: string[] = endpoint.addresses ?? [];
    if (addresses.length === 0) return [required(path, 'must contain at least 1 address')];
    if (addresses.length > 100) return [tooMany(path, addresses.length, 100)];
    return addresses.flatMap((address, at) => addressErrors(address, addressType, path, at));
  });
}

function addressErrors(address: string, type: string, path: string, index: number): Cause[] {
  const family = families[type];
  const at = `${path}[${index}]`;
  if (family === undefined) return [];
  const actual = isIP(address);
  if (actual === 0) return ipErrors(address).map((error) => invalidValue(at, address, error));
  const causes = actual === family ? [] : [invalidValue(path, address, `must be an ${type} address`)];
  return [...causes, ...endpointAddressErrors(address, at)];
}

/** Loopback and link-local addresses cannot be endpoints. */
function endpointAddressErrors(address: string, path: string): Cause[] {
  const refuse = (why: string) => [invalidValue(path, address, `may not be ${why}`)];
  if (address === '0.0.0.0' || address === '::') return refuse(`unspecified (${address})`);
  if (address.startsWith('127.') || address === '::1') return refuse('in the loopback range (127.0.0.0/8, ::1/128)');
  if (address.startsWith('169.254.') || /^fe[89ab]/i.test(address)) {
    return refuse('in the link-local range (169.254.0.0/16, fe80::/10)');
  }
  if (address.startsWith('224.0.0.') || /^ff02:/i.test(address)) {
    return refuse('in the link-local multicast range (224.0.0.0/24, ff02::/10)');
  }
  return [];
}
