import type { V1LabelSelector as LabelSelector } from '@kubernetes/client-node';

export type { LabelSelector };

export type Labels = Readonly<Record<string, string>>;

/** The value is undefined when there is no such label. */
type Test = (value: string | undefined, values: readonly string[]) => boolean;

const isIn: Test = (value, values) => value !== undefined && values.includes(value);
const isNotIn: Test = (value, values) => !isIn(value, values);
const isThere: Test = (value) => value !== undefined;
const isMissing: Test = (value) => value === undefined;
const isGreater: Test = (value, [bound]) => difference(value, bound) > 0;
const isLess: Test = (value, [bound]) => difference(value, bound) < 0;

/** By the operators of texts, and of selector objects. */
const tests: Record<string, Test> = {
  ...{ '=': isIn, '==': isIn, in: isIn, '!=': isNotIn, notin: isNotIn, exists: isThere, '!': isMissing },
  ...{ In: isIn, NotIn: isNotIn, Exists: isThere, DoesNotExist: isMissing },
  ...{ '>': isGreater, '<': isLess, Gt: isGreater, Lt: isLess },
};

/** NaN, which meets no comparison, unless both are integers. */
function difference(value = '', bound = ''): number {
  return isInteger(value) && isInteger(bound) ? Number(BigInt(value) - BigInt(bound)) : Number.NaN;
}

export function isInteger(text: string): boolean {
  return /^[+-]?\d{1,19}$/.test(text);
}

/** A term of a selector: of its text, of a LabelSelector or of a NodeSelectorTerm. */
export interface Requirement {
  key: string;
  operator: string;
  values?: readonly string[];
}

/** True when the labels meet all requirements. Labels without the key meet `!=` and `notin`. */
export function meets(labels: Labels = {}, requirements: readonly Requirement[] = []): boolean {
  return requirements.every(({ key, operator, values = [] }) => {
    const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
    return tests[operator]?.(value, values);
  });
}

/** Equality only, as in a Service or a ReplicationController. */
export function matchesLabels(wanted: Labels, labels: Labels | undefined): boolean {
  for (const key in wanted) if (labels?.[key] !== wanted[key]) return false;
  return true;
}

/** A missing selector matches nothing, an empty one everything (metav1.LabelSelectorAsSelector). */
export function matchesSelector(selector: LabelSelector | undefined, labels: Labels | undefined): boolean {
  if (!selector) return false;
  return matchesLabels(selector.matchLabels ?? {}, labels) && meets(labels, selector.matchExpressions);
}

/** True for a selector that would select everything; controllers refuse to act on one. */
export function isEmptySelector({ matchLabels = {}, matchExpressions = [] }: LabelSelector = {}): boolean {
  return Object.keys(matchLabels).length === 0 && matchExpressions.length === 0;
}

/** The selector as its generated Go method String prints it. */
export function goText({ matchLabels = {}, matchExpressions = [] }: LabelSelector = {}): string {
  const keys = Object.keys(matchLabels).sort();
  const labels = keys.map((key) => `${key}: ${matchLabels[key]},`);
  const expressions = matchExpressions.map(
    ({ key, operator, values = [] }) =>
      `LabelSelectorRequirement{Key:${key},Operator:${operator},Values:[${values.join(' ')}],},`,
  );
  const listed = `[]LabelSelectorRequirement{${expressions.join('')}}`;
  return `&LabelSelector{MatchLabels:map[string]string{${labels.join('')}},MatchExpressions:${listed},}`;
}
