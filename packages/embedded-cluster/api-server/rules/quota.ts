import { quantity } from '../../api/quantity.ts';
import type { Field } from '../validation/field.ts';
import type { Rules } from './kind-rules.ts';

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

/**
 * Pairs of amounts of which the first may not be greater; the field that an error names, and the one whose value it shows
 * (core/validation, ValidateLimitRange).
 */
const ordered = [
  ['min', 'max', 'min', 'min', 'min value', 'max value'],
  ['min', 'defaultRequest', 'defaultRequest', 'defaultRequest', 'min value', 'default request value'],
  ['defaultRequest', 'max', 'defaultRequest', 'defaultRequest', 'default request value', 'max value'],
  ['defaultRequest', 'default', 'defaultRequest', 'defaultRequest', 'default request value', 'default limit value'],
  ['min', 'default', 'default', 'min', 'min value', 'default value'],
  ['default', 'max', 'default', 'max', 'default value', 'max value'],
] as const;

/** The rules of quotas and limits (core/validation, ValidateResourceQuotaSpec and ValidateLimitRange). */
export const quotas = {
  resourcequotas: {
    checkNew(quota) {
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
      for (const scope of ['BestEffort', 'Terminating'])
        if ([scope, `Not${scope}`].every((each) => scopes.value.includes(each))) scopes.invalid('conflicting scopes');
    },
  },
  limitranges: {
    /** SetDefaults_LimitRangeItem: the maximum is the default limit, which is the default request, for which else the minimum stands. */
    defaults({ spec }) {
      for (const limit of spec?.limits ?? []) {
        if (limit.type !== 'Container') continue;
        limit.default = { ...limit.max, ...limit.default };
        limit.defaultRequest = { ...limit.min, ...limit.default, ...limit.defaultRequest };
      }
    },
    checkNew(range) {
      const types = new Set<string>();
      for (const limit of range.at('spec.limits').items()) {
        const type = limit.at('type');
        if (!type.uniqueAmong(types)) continue;
        if (!['Pod', 'Container', 'PersistentVolumeClaim'].includes(type.value) && !type.value?.includes('/'))
          type.invalid('must be a standard limit type or fully qualified');
        checkLimit(limit);
      }
    },
  },
} satisfies Record<string, Rules>;

function checkLimit(limit: Field): void {
  const { type, min, max } = limit.value;
  for (const field of ['default', 'defaultRequest'])
    if (type === 'Pod' && limit.at(field).entries().length > 0)
      limit.at(field).forbidden("may not be specified when `type` is 'Pod'");
  if (type === 'PersistentVolumeClaim' && !min?.storage && !max?.storage)
    limit.at('limits').required('either minimum or maximum storage value is required, but neither was provided');
  for (const [low, high, field, shown, lowName, highName] of ordered) {
    for (const [name, { value }] of limit.at(low).entries()) {
      const other: string | undefined = limit.value[high]?.[name];
      if (other === undefined || quantity(value) <= quantity(other)) continue;
      const why = `${lowName} ${value} is greater than ${highName} ${other}`;
      limit.as(limit.value[shown][name], `${limit.path}.${field}[${name}]`).invalid(why);
    }
  }
}
