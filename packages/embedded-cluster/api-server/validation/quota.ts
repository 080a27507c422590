import { quantity } from '../../api/quantity.ts';
import type { Field } from './field.ts';

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
export function checkQuota(quota: Field): void {
  const scopes = quota.at('spec.scopes', []);
  const amounts = quota.at('spec.hard').entries();
  for (const [name, amount] of amounts) {
    if (!standard.test(name) && !name.includes('/')) {
      amount.invalid('must be a standard resource type or fully qualified', name);
      amount.invalid('must be a standard resource for quota', name);
    }
    if (quantity(amount.value) < 0) amount.invalid('must be greater than or equal to 0');
  }
  for (const scope of scopes.value) {
    const { [scope as string]: counted } = countedIn;
    if (counted === undefined) scopes.invalid('unsupported scope');
    for (const [name] of amounts)
      if (counted && standard.test(name) && !counted.test(name))
        scopes.invalid('unsupported scope applied to resource');
  }
  for (const pair of conflicting)
    if (pair.every((scope) => scopes.value.includes(scope))) scopes.invalid('conflicting scopes');
}
