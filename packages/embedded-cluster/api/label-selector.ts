import type { V1LabelSelector as LabelSelector } from '@kubernetes/client-node';

export type { LabelSelector };

export type Operator = 'in' | 'notin' | '=' | '==' | '!=' | 'exists' | '!' | 'gt' | 'lt';

/** One term of a label selector. */
export interface Requirement {
  key: string;
  operator: Operator;
  values: readonly string[];
}

export type Labels = Readonly<Record<string, string>>;

/** True when the labels meet all requirements. Labels without the key meet `!=` and `notin`. */
export function meets(labels: Labels | undefined, requirements: readonly Requirement[]): boolean {
  return requirements.every((requirement) => meetsOne(labels ?? {}, requirement));
}

function meetsOne(labels: Labels, { key, operator, values }: Requirement): boolean {
  const has = Object.hasOwn(labels, key);
  const value = labels[key] ?? '';
  switch (operator) {
    case '=':
    case '==':
    case 'in':
      return has && values.includes(value);
    case '!=':
    case 'notin':
      return !has || !values.includes(value);
    case 'exists':
      return has;
    case '!':
      return !has;
    case 'gt':
      return has && isInteger(value) && BigInt(value) > BigInt(values[0] as string);
    case 'lt':
      return has && isInteger(value) && BigInt(value) < BigInt(values[0] as string);
  }
}

export function isInteger(text: string): boolean {
  return /^[+-]?\d{1,19}$/.test(text);
}

const operators: Record<string, Operator> = { In: 'in', NotIn: 'notin', Exists: 'exists', DoesNotExist: '!' };

/** The requirements of a LabelSelector object; none when it selects everything. */
function requirementsOf({ matchLabels = {}, matchExpressions = [] }: LabelSelector): Requirement[] {
  const byLabel = Object.entries(matchLabels).map(
    ([key, value]): Requirement => ({ key, operator: '=', values: [value] }),
  );
  const byExpression = matchExpressions.map(
    ({ key, operator, values = [] }): Requirement => ({ key, operator: operators[operator] ?? 'exists', values }),
  );
  return [...byLabel, ...byExpression];
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
