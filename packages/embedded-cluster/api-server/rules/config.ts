import { isEqual } from '../../api/json.ts';
import type { Field } from '../validation/field.ts';
import { configKeyErrors } from '../validation/text.ts';
import type { Rules } from './kind-rules.ts';

/** The keys that Secrets of a type must have (core/validation, ValidateSecret). */
const keysOfType: Readonly<Record<string, readonly string[]>> = {
  'kubernetes.io/dockercfg': ['.dockercfg'],
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
  'kubernetes.io/ssh-auth': ['ssh-privatekey'],
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
};

const configMaps: Rules = {
  checkNew: checkMap,
  checkChange(map, old) {
    const sealed = 'field is immutable when `immutable` is set';
    if (old.immutable === true) {
      if (map.value.immutable !== true) map.at('immutable').forbidden(sealed);
      for (const bag of ['data', 'binaryData']) if (!isEqual(map.value[bag], old[bag])) map.at(bag).forbidden(sealed);
    }
    if (map.value.kind === 'Secret') map.at('type').unchangedFrom(old.type);
    checkMap(map);
  },
};

export const config = {
  configmaps: configMaps,
  secrets: {
    ...configMaps,
    defaults(secret) {
      secret.type ??= 'Opaque';
      if (!secret.stringData) return;
      // stringData is write-only: the server stores it as base64 in data.
      secret.data = { ...secret.data };
      for (const [key, text] of Object.entries<string>(secret.stringData))
        secret.data[key] = Buffer.from(text).toString('base64');
      delete secret.stringData;
    },
  },
} satisfies Record<string, Rules>;

function checkMap(map: Field): void {
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
