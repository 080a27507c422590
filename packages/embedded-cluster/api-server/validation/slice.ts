import { isIP } from 'node:net';
import type { KubeObject } from '../../api/api.ts';
import type { Cause } from '../../api/api-error.ts';
import { isEqual, type Json } from '../../api/json.ts';
import { Field, firstOf } from './field.ts';
import { dnsLabelErrors, ipErrors } from './text.ts';

const families: Record<string, number> = { IPv4: 4, IPv6: 6 };

/** The rules of an EndpointSlice (apis/discovery/validation). */
export function sliceErrors(given: Json): Cause[] {
  const slice = new Field(given, '');
  const type = slice.at('addressType');
  const endpoints = slice.at('endpoints');
  const names = new Set<string>();
  return [
    ...firstOf(type.given(), type.oneOf(['FQDN', 'IPv4', 'IPv6'])),
    ...slice.at('ports').each((port) => {
      const name = port.at('name');
      return [...(name.value ? name.follows(dnsLabelErrors) : []), ...name.uniqueAmong(names)];
    }),
    ...firstOf(
      endpoints.maxItems(1_000),
      endpoints.each((endpoint) => addressesErrors(endpoint.at('addresses'), type.value)),
    ),
  ];
}

export function changedSliceErrors(slice: Json, old: KubeObject): Cause[] {
  // Unchanged endpoints are not validated again.
  const isSame = isEqual(slice.endpoints, old.endpoints);
  return [
    ...sliceErrors(isSame ? { ...slice, endpoints: [] } : slice),
    ...new Field(slice.addressType ?? '', 'addressType').unchangedFrom(old.addressType),
  ];
}

function addressesErrors(addresses: Field, type: string): Cause[] {
  return firstOf(
    addresses.requiredIf(!addresses.value?.length, 'must contain at least 1 address'),
    addresses.maxItems(100),
    addresses.each((address) => {
      const family = families[type];
      if (family === undefined) return [];
      const actual = isIP(address.value);
      if (actual === 0) return address.follows(ipErrors);
      return [
        ...addresses.invalidIf(actual !== family, `must be an ${type} address`, address.value),
        ...address.follows(endpointAddressErrors),
      ];
    }),
  );
}

/** Addresses that cannot be endpoints. */
const unusable: readonly (readonly [RegExp, string])[] = [
  [/^127\.|^::1$/, 'in the loopback range (127.0.0.0/8, ::1/128)'],
  [/^169\.254\.|^fe[89ab]/i, 'in the link-local range (169.254.0.0/16, fe80::/10)'],
  [/^224\.0\.0\.|^ff02:/i, 'in the link-local multicast range (224.0.0.0/24, ff02::/10)'],
];

function endpointAddressErrors(address: string): string[] {
  if (address === '0.0.0.0' || address === '::') return [`may not be unspecified (${address})`];
  const [, range] = unusable.find(([addresses]) => addresses.test(address)) ?? [];
  return range === undefined ? [] : [`may not be ${range}`];
}
