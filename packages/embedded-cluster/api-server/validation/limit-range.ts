import type { Cause } from '../../api/api-error.ts';
import type { Json } from '../../api/json.ts';
import { quantity } from '../../api/quantity.ts';
import { duplicate, forbiddenField, invalidValue, required } from './field-error.ts';

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
  const limits: Json[] = spec?.limits ?? [];
  return limits.flatMap((limit, index) => {
    const path = `spec.limits[${index}]`;
    const at = `${path}.type`;
    if (limits.findIndex(({ type }) => type === limit.type) < index) return [duplicate(at, limit.type)];
    const isKnown = ['Pod', 'Container', 'PersistentVolumeClaim'].includes(limit.type) || limit.type?.includes('/');
    const unknown = isKnown ? [] : [invalidValue(at, limit.type, 'must be a standard limit type or fully qualified')];
    return [...unknown, ...limitErrors(limit, path)];
  });
}

function limitErrors(limit: Json, path: string): Cause[] {
  const causes: Cause[] = [];
  if (limit.type === 'Pod') {
    for (const field of ['default', 'defaultRequest']) {
      if (Object.keys(limit[field] ?? {}).length > 0)
        causes.push(forbiddenField(`${path}.${field}`, "may not be specified when `type` is 'Pod'"));
    }
  }
  if (limit.type === 'PersistentVolumeClaim' && !limit.min?.storage && !limit.max?.storage) {
    causes.push(
      required(`${path}.limits`, 'either minimum or maximum storage value is required, but neither was provided'),
    );
  }
  for (const [low, high, field, shown, lowName, highName] of ordered) {
    for (const [name, value] of Object.entries((limit[low] ?? {}) as Record<string, string>)) {
      const other: string | undefined = limit[high]?.[name];
      if (other === undefined || quantity(value) <= quantity(other)) continue;
      const why = `${lowName} ${value} is greater than ${highName} ${other}`;
      causes.push(invalidValue(`${path}.${field}[${name}]`, limit[shown][name], why));
    }
  }
  return causes;
}
