import { isIP } from 'node:net';
import type { KubeObject } from '../../api/api.ts';
import { isEqual } from '../../api/json.ts';
import type { Field } from './field.ts';
import { dnsLabelErrors, ipErrors } from './text.ts';

/** Checks an EndpointSlice (apis/discovery/validation). */
export function checkSlice(slice: Field): void {
  checkTypeAndPorts(slice);
  checkEndpoints(slice);
}

export function checkChangedSlice(slice: Field, old: KubeObject): void {
  checkTypeAndPorts(slice);
  // Unchanged endpoints are not validated again.
  if (!isEqual(slice.value.endpoints, old.endpoints)) checkEndpoints(slice);
  slice.at('addressType', '').unchangedFrom(old.addressType);
}

function checkTypeAndPorts(slice: Field): void {
  const type = slice.at('addressType');
  if (type.given()) type.oneOf(['FQDN', 'IPv4', 'IPv6']);
  const names = new Set<string>();
  for (const port of slice.at('ports').items()) {
    const name = port.at('name');
    if (name.value) name.follows(dnsLabelErrors);
    name.uniqueAmong(names);
  }
}

function checkEndpoints(slice: Field): void {
  const endpoints = slice.at('endpoints');
  if (!endpoints.maxItems(1_000)) return;
  for (const endpoint of endpoints.items()) {
    const addresses = endpoint.at('addresses', []);
    if (!addresses.given('must contain at least 1 address') || !addresses.maxItems(100)) continue;
    for (const address of addresses.items()) checkAddress(address, addresses, slice.value.addressType);
  }
}

function checkAddress(address: Field, addresses: Field, type: string): void {
  if (type !== 'IPv4' && type !== 'IPv6') return;
  if (!address.follows(ipErrors)) return;
  if (`IPv${isIP(address.value)}` !== type) addresses.invalid(`must be an ${type} address`, address.value);
  address.follows(endpointAddressErrors);
}

/** Addresses that cannot be endpoints. */
const unusable: readonly (readonly [RegExp, string])[] = [
  [/^127\.|^::1$/, 'in the loopback range (127.0.0.0/8, ::1/128)'],
  [/^169\.254\.|^fe[89ab]/i, 'in the link-local range (169.254.0.0/16, fe80::/10)'],
  [/^224\.0\.0\.|^ff02:/i, 'in the link-local multicast range (224.0.0.0/24, ff02::/10)'],
];

function endpointAddressErrors(address: string): string[] {
  if (address === '0.0.0.0' || address === '::') return [`may not be unspecified (${address})`];
  return unusable.filter(([addresses]) => addresses.test(address)).map(([, range]) => `may not be ${range}`);
}
