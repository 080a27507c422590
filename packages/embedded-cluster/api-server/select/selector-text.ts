import type { Json } from '../../api/json.ts';

const operators: Record<string, string> = { In: 'in', NotIn: 'notin' };

/** The text form of a LabelSelector or of a map of labels; empty when it selects everything. */
export function selectorText(selector: Json): string {
  const labels = selector?.matchLabels ?? (selector?.matchExpressions ? {} : (selector ?? {}));
  const equal = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  const others = (selector?.matchExpressions ?? []).map(({ key, operator, values }: Json) => {
    if (operator === 'Exists') return key;
    if (operator === 'DoesNotExist') return `!${key}`;
    return `${key} ${operators[operator]} (${values.toSorted().join(',')})`;
  });
  return [...equal, ...others].sort().join(',');
}
