import type { Cause } from '../../api/api-error.ts';
import type { Json } from '../../api/json.ts';
import { quantity } from '../../api/quantity.ts';
import { invalidValue } from './field-error.ts';

const ofCompute = /^((requests|limits)\.)?(cpu|memory)$/;
const standard =
  /^((requests|limits)\.)?(cpu|memory|ephemeral-storage)$|^requests\.storage$|^services(\.(nodeports|loadbalancers))?$|^(pods|resourcequotas|replicationcontrollers|secrets|persistentvolumeclaims|configmaps)$/;

/** The standard resources that a quota of the scope can count (core/helper, IsResourceQuotaScopeValidForResource). */
const countedIn: Readonly<Record<string, (name: string) => boolean>> = {
  BestEffort: (name) => name === 'pods',
  VolumeAttributesClass: (name) => name === 'persistentvolumeclaims' || name === 'requests.storage',
  ...Object.fromEntries(
    ['Terminating', 'NotTerminating', 'NotBestEffort', 'PriorityClass', 'CrossNamespacePodAffinity'].map((scope) => [
      scope,
      (name: string) => name === 'pods' || ofCompute.test(name),
    ]),
  ),
};

const conflicting = [
  ['BestEffort', 'NotBestEffort'],
  ['Terminating', 'NotTerminating'],
];

/** core/validation, ValidateResourceQuotaSpec. */
export function quotaErrors({ spec = {} }: Json): Cause[] {
  const { hard = {}, scopes = [] }: { hard?: Record<string, string>; scopes?: string[] } = spec;
  const refuse = (why: string) => invalidValue('spec.scopes', scopes, why);
  const standardNames = Object.keys(hard).filter((name) => standard.test(name));
  return [
    ...Object.entries(hard).flatMap(([name, amount]) => amountErrors(name, amount)),
    ...scopes.flatMap((scope) => {
      const { [scope]: counts } = countedIn;
      if (counts === undefined) return [refuse('unsupported scope')];
      return standardNames.filter((name) => !counts(name)).map(() => refuse('unsupported scope applied to resource'));
    }),
    ...conflicting
      .filter((pair) => pair.every((scope) => scopes.includes(scope)))
      .map(() => refuse('conflicting scopes')),
  ];
}

function amountErrors(name: string, amount: string): Cause[] {
  const at = `spec.hard[${name}]`;
  const isKnown = standard.test(name) || name.includes('/');
  const why = isKnown
    ? []
    : ['must be a standard resource type or fully qualified', 'must be a standard resource for quota'];
  return [
    ...why.map((each) => invalidValue(at, name, each)),
    ...(quantity(amount) < 0 ? [invalidValue(at, amount, 'must be greater than or equal to 0')] : []),
  ];
}
