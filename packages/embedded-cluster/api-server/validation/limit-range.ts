import type { Cause } from '../../api/api-error.ts';
import type { Json } from '../../api/json.ts';
import { quantity } from '../../api/quantity.ts';
import { Field } from './field.ts';

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

export function limitRangeErrors({ spec }: Json): Cause[] {
  const types = new Set<string>();
  return new Field(spec?.limits, 'spec.limits').each((limit) => {
    const type = limit.at('type');
    const isDuplicate = type.uniqueAmong(types);
    if (isDuplicate.length > 0) return isDuplicate;
    const isKnown = ['Pod', 'Container', 'PersistentVolumeClaim'].includes(type.value) || type.value?.includes('/');
    return [...type.invalidIf(!isKnown, 'must be a standard limit type or fully qualified'), ...limitErrors(limit)];
  });
}

function limitErrors(limit: Field): Cause[] {
  const { type, min, max } = limit.value;
  const isStorageMissing = type === 'PersistentVolumeClaim' && !min?.storage && !max?.storage;
  const eitherStorage = 'either minimum or maximum storage value is required, but neither was provided';
  return [
    ...['default', 'defaultRequest'].flatMap((name) => {
      const isSet = Object.keys(limit.value[name] ?? {}).length > 0;
      return limit.at(name).forbiddenIf(type === 'Pod' && isSet, "may not be specified when `type` is 'Pod'");
    }),
    ...limit.at('limits').requiredIf(isStorageMissing, eitherStorage),
    ...ordered.flatMap(([low, high, field, shown, lowName, highName]) =>
      Object.entries<string>(limit.value[low] ?? {}).flatMap(([name, value]) => {
        const other: string | undefined = limit.value[high]?.[name];
        if (other === undefined || quantity(value) <= quantity(other)) return [];
        const why = `${lowName} ${value} is greater than ${highName} ${other}`;
        return new Field(limit.value[shown][name], `${limit.path}.${field}[${name}]`).invalidIf(true, why);
      }),
    ),
  ];
}
