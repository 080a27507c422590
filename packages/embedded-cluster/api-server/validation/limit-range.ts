import { quantity } from '../../api/quantity.ts';
import type { Field } from './field.ts';

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

export function checkLimitRange(range: Field): void {
  const types = new Set<string>();
  for (const limit of range.at('spec.limits').items()) {
    const type = limit.at('type');
    if (!type.uniqueAmong(types)) continue;
    if (!['Pod', 'Container', 'PersistentVolumeClaim'].includes(type.value) && !type.value?.includes('/'))
      type.invalid('must be a standard limit type or fully qualified');
    checkLimit(limit);
  }
}

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
