import type { KubeObject } from '../../api/api.ts';
import type { Cause } from '../../api/api-error.ts';
import { isEqual, type Json } from '../../api/json.ts';
import { forbiddenField, invalidValue, required, tooLong } from './field-error.ts';
import { configKeyErrors } from './text.ts';

const maxBytes = 1024 * 1024;

/** The keys that Secrets of a type must have (core/validation, ValidateSecret). */
const keysOfType: Readonly<Record<string, readonly string[]>> = {
  'kubernetes.io/dockercfg': ['.dockercfg'],
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
  'kubernetes.io/ssh-auth': ['ssh-privatekey'],
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
};

/** ConfigMaps and Secrets. */
export function configMapErrors(map: Json): Cause[] {
  const causes: Cause[] = [];
  let bytes = 0;
  for (const bag of ['data', 'binaryData']) {
    for (const [key, value] of Object.entries((map[bag] ?? {}) as Record<string, string>)) {
      const path = `${bag}[${key}]`;
      causes.push(...configKeyErrors(key).map((error) => invalidValue(path, key, error)));
      if (bag === 'data' && map.binaryData?.[key] !== undefined) {
        causes.push(invalidValue(path, key, 'duplicate of key present in binaryData'));
      }
      bytes += Buffer.byteLength(value);
    }
  }
  const missing = (keysOfType[map.type] ?? []).filter((key) => map.data?.[key] === undefined);
  causes.push(...missing.map((key) => required(`data[${key}]`)));
  if (bytes > maxBytes) causes.push(tooLong('', maxBytes));
  return causes;
}

const sealed = 'field is immutable when `immutable` is set';

export function changedConfigMapErrors(map: Json, old: KubeObject): Cause[] {
  const causes: Cause[] = [];
  if (old.immutable === true) {
    if (map.immutable !== true) causes.push(forbiddenField('immutable', sealed));
    for (const bag of ['data', 'binaryData', 'stringData']) {
      if (!isEqual(map[bag], old[bag])) causes.push(forbiddenField(bag, sealed));
    }
  }
  if (map.kind === 'Secret' && map.type !== old.type) causes.push(invalidValue('type', map.type, 'field is immutable'));
  return [...causes, ...configMapErrors(map)];
}

export function changedNodeErrors(node: Json, old: KubeObject): Cause[] {
  const { podCIDR, providerID } = old.spec ?? {};
  const causes: Cause[] = [];
  if (podCIDR && node.spec.podCIDR !== podCIDR) {
    causes.push(forbiddenField('spec.podCIDRs', 'node updates may not change podCIDR except from "" to valid'));
  }
  if (providerID && node.spec.providerID !== providerID) {
    causes.push(forbiddenField('spec.providerID', 'node updates may not change providerID except from "" to valid'));
  }
  return causes;
}
