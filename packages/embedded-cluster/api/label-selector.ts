import type { Json } from './json.ts';
import { type Labels, meets, type Operator, type Requirement } from './requirement.ts';

const operators: Record<string, Operator> = { In: 'in', NotIn: 'notin', Exists: 'exists', DoesNotExist: '!' };

/** The requirements of a LabelSelector object (`matchLabels`, `matchExpressions`); none when it selects everything. */
function requirementsOf(selector: Json): Requirement[] {
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

export interface LabelSelector {
  matchLabels?: Record<string, string>;
  matchExpressions?: { key: string; operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist'; values?: string[] }[];
}

/** Equality only, as in a Service or a ReplicationController. */
export function matchesLabels(wanted: Record<string, string>, labels: Labels | undefined): boolean {
  for (const key in wanted) if (labels?.[key] !== wanted[key]) return false;
  return true;
}

/** A missing selector matches nothing, an empty one everything (metav1.LabelSelectorAsSelector). */
export function matchesSelector(selector: LabelSelector | undefined, labels: Labels | undefined): boolean {
  if (!selector) return false;
  let requirements = requirementsBySelector.get(selector);
  if (requirements === undefined) {
    requirements = requirementsOf(selector);
    requirementsBySelector.set(selector, requirements);
  }
  return meets(labels, requirements);
}

/** Each stored selector is compared with many pods. */
const requirementsBySelector = new WeakMap<LabelSelector, Requirement[]>();

/** True for a selector that would select everything; controllers refuse to act on one. */
export function isEmptySelector(selector: LabelSelector | undefined): boolean {
  return (
    selector === undefined ||
    (Object.keys(selector.matchLabels ?? {}).length === 0 && (selector.matchExpressions ?? []).length === 0)
  );
}
