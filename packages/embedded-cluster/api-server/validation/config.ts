import type { KubeObject } from '../../api/api.ts';
import type { Cause } from '../../api/api-error.ts';
import { isEqual, type Json } from '../../api/json.ts';
import { Field } from './field.ts';
import { configKeyErrors } from './text.ts';

/** The keys that Secrets of a type must have (core/validation, ValidateSecret). */
const keysOfType: Readonly<Record<string, readonly string[]>> = {
  'kubernetes.io/dockercfg': ['.dockercfg'],
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
  'kubernetes.io/ssh-auth': ['ssh-privatekey'],
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
};

/** ConfigMaps and Secrets. */
export function configMapErrors(given: Json): Cause[] {
  const map = new Field(given, '');
  const { data = {}, binaryData = {} } = given;
  const values = [data, binaryData].flatMap((bag) => Object.values<string>(bag));
  const bytes = values.reduce((sum, value) => sum + Buffer.byteLength(value), 0);
  return [
    ...map
      .at('data')
      .eachValue((value, key) => [
        ...value.follows(configKeyErrors, key),
        ...value.invalidIf(binaryData[key] !== undefined, 'duplicate of key present in binaryData', key),
      ]),
    ...map.at('binaryData').eachValue((value, key) => value.follows(configKeyErrors, key)),
    ...(keysOfType[given.type] ?? []).flatMap((key) =>
      new Field(data[key], `data[${key}]`).requiredIf(data[key] === undefined),
    ),
    ...map.maxBytes(bytes, 1024 * 1024),
  ];
}

const sealed = 'field is immutable when `immutable` is set';

export function changedConfigMapErrors(given: Json, old: KubeObject): Cause[] {
  const map = new Field(given, '');
  const bags = ['data', 'binaryData', 'stringData'];
  return [
    ...map.at('immutable').forbiddenIf(old.immutable === true && given.immutable !== true, sealed),
    ...bags.flatMap((bag) => map.at(bag).forbiddenIf(old.immutable === true && !isEqual(given[bag], old[bag]), sealed)),
    ...(given.kind === 'Secret' ? map.at('type').unchangedFrom(old.type) : []),
    ...configMapErrors(given),
  ];
}

export function changedNodeErrors(node: Json, old: KubeObject): Cause[] {
  const { podCIDR, providerID } = old.spec ?? {};
  const spec = new Field(node.spec, 'spec');
  const fixed = (name: string) => `node updates may not change ${name} except from "" to valid`;
  return [
    ...spec.at('podCIDRs').forbiddenIf(podCIDR && node.spec.podCIDR !== podCIDR, fixed('podCIDR')),
    ...spec.at('providerID').forbiddenIf(providerID && node.spec.providerID !== providerID, fixed('providerID')),
  ];
}
