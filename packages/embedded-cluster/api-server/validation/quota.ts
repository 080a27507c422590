import type { Cause } from '../../api/api-error.ts';
import type { Json } from '../../api/json.ts';
import { quantity } from '../../api/quantity.ts';
import { Field } from './field.ts';

const ofCompute = /^pods$|^((requests|limits)\.)?(cpu|memory)$/;
const standard =
  /^((requests|limits)\.)?(cpu|memory|ephemeral-storage)$|^requests\.storage$|^services(\.(nodeports|loadbalancers))?$|^(pods|resourcequotas|replicationcontrollers|secrets|persistentvolumeclaims|configmaps)$/;

/** The standard resources that a quota of the scope can count (core/helper, IsResourceQuotaScopeValidForResource). */
const countedIn: Readonly<Record<string, RegExp>> = {
  BestEffort: /^pods$/,
  VolumeAttributesClass: /^(persistentvolumeclaims|requests\.storage)$/,
  Terminating: ofCompute,
  NotTerminating: ofCompute,
  NotBestEffort: ofCompute,
  PriorityClass: ofCompute,
  CrossNamespacePodAffinity: ofCompute,
};

const conflicting = [
  ['BestEffort', 'NotBestEffort'],
  ['Terminating', 'NotTerminating'],
];

/** core/validation, ValidateResourceQuotaSpec. */
export function quotaErrors(quota: Json): Cause[] {
  const spec = new Field(quota.spec, 'spec');
  const scopes = spec.at('scopes', []);
  const names = Object.keys(spec.value?.hard ?? {}).filter((name) => standard.test(name));
  const mistakesOf = (scope: string) => {
    const { [scope]: counted } = countedIn;
    if (counted === undefined) return ['unsupported scope'];
    return names.filter((name) => !counted.test(name)).map(() => 'unsupported scope applied to resource');
  };
  const mistakes = [
    ...scopes.value.flatMap(mistakesOf),
    ...conflicting
      .filter((pair) => pair.every((scope) => scopes.value.includes(scope)))
      .map(() => 'conflicting scopes'),
  ];
  return [...spec.at('hard').eachValue(amountErrors), ...scopes.follows(() => mistakes)];
}

function amountErrors(amount: Field, name: string): Cause[] {
  const isUnknown = !standard.test(name) && !name.includes('/');
  return [
    ...amount.invalidIf(isUnknown, 'must be a standard resource type or fully qualified', name),
    ...amount.invalidIf(isUnknown, 'must be a standard resource for quota', name),
    ...amount.invalidIf(quantity(amount.value) < 0, 'must be greater than or equal to 0'),
  ];
}
