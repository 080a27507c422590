import type { KubeObject } from '../../api/api.ts';
import { isEqual } from '../../api/json.ts';
import type { Field } from './field.ts';
import { configKeyErrors } from './text.ts';

/** The keys that Secrets of a type must have (core/validation, ValidateSecret). */
const keysOfType: Readonly<Record<string, readonly string[]>> = {
  'kubernetes.io/dockercfg': ['.dockercfg'],
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
  'kubernetes.io/ssh-auth': ['ssh-privatekey'],
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
};

/** ConfigMaps and Secrets. */
export function checkConfigMap(map: Field): void {
  const { data = {}, binaryData = {}, type } = map.value;
  let bytes = 0;
  for (const bag of ['data', 'binaryData']) {
    for (const [key, value] of map.at(bag).entries()) {
      value.follows(configKeyErrors, key);
      if (bag === 'data' && binaryData[key] !== undefined) value.invalid('duplicate of key present in binaryData', key);
      bytes += Buffer.byteLength(value.value);
    }
  }
  for (const key of keysOfType[type] ?? []) if (data[key] === undefined) map.as(data, `data[${key}]`).required();
  map.maxBytes(bytes, 1024 * 1024);
}

export function checkChangedConfigMap(map: Field, old: KubeObject): void {
  const sealed = 'field is immutable when `immutable` is set';
  if (old.immutable === true) {
    if (map.value.immutable !== true) map.at('immutable').forbidden(sealed);
    for (const bag of ['data', 'binaryData', 'stringData'])
      if (!isEqual(map.value[bag], old[bag])) map.at(bag).forbidden(sealed);
  }
  if (map.value.kind === 'Secret') map.at('type').unchangedFrom(old.type);
  checkConfigMap(map);
}

export function checkChangedNode(node: Field, old: KubeObject): void {
  const { podCIDR, providerID } = old.spec ?? {};
  const fixed = (name: string) => `node updates may not change ${name} except from "" to valid`;
  if (podCIDR && node.value.spec.podCIDR !== podCIDR) node.at('spec.podCIDRs').forbidden(fixed('podCIDR'));
  if (providerID && node.value.spec.providerID !== providerID)
    node.at('spec.providerID').forbidden(fixed('providerID'));
}
