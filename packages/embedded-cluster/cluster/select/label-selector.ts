import type { Json } from '../json.ts';
import { type Labels, meets, type Operator, type Requirement } from './requirement.ts';

const operators: Record<string, Operator> = { In: 'in', NotIn: 'notin', Exists: 'exists', DoesNotExist: '!' };

/** The requirements of a LabelSelector object (`matchLabels`, `matchExpressions`); none when it selects everything. */
export function requirementsOf(selector: Json): Requirement[] {
  const byLabel = Object.entries((selector?.matchLabels ?? {}) as Labels).map(
    ([key, value]): Requirement => ({ key, operator: '=', values: [value] }),
  );
  const byExpression = ((selector?.matchExpressions ?? []) as Json[]).map(
    ({ key, operator, values }): Requirement => ({
      key,
      operator: operators[operator] ?? 'exists',
      values: values ?? [],
    }),
  );
  return [...byLabel, ...byExpression];
}

/** A missing selector selects nothing, an empty one everything. */
export function selects(selector: Json, labels: Labels | undefined): boolean {
  return selector !== undefined && selector !== null && meets(labels, requirementsOf(selector));
}
