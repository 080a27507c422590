import { requirementsOf } from '../select/label-selector.ts';
import { meets, type Requirement } from '../select/requirement.ts';

type Labels = Readonly<Record<string, string>> | undefined;

export interface LabelSelector {
  matchLabels?: Record<string, string>;
  matchExpressions?: { key: string; operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist'; values?: string[] }[];
}

/** Equality only, as in a Service or a ReplicationController. */
export function matchesLabels(wanted: Record<string, string>, labels: Labels): boolean {
  for (const key in wanted) if (labels?.[key] !== wanted[key]) return false;
  return true;
}

/** A missing selector matches nothing, an empty one everything (metav1.LabelSelectorAsSelector). */
export function matchesSelector(selector: LabelSelector | undefined, labels: Labels): boolean {
  if (selector === undefined) return false;
  let requirements = requirementsBySelector.get(selector);
  if (requirements === undefined) {
    requirements = requirementsOf(selector);
    requirementsBySelector.set(selector, requirements);
  }
  return meets(labels, requirements);
}

/** Stored selectors are frozen, and each is held against many pods. */
const requirementsBySelector = new WeakMap<LabelSelector, Requirement[]>();

/** A selector without any requirement: the controllers refuse to act on one that would select everything. */
export function isEmptySelector(selector: LabelSelector | undefined): boolean {
  return (
    selector === undefined ||
    (Object.keys(selector.matchLabels ?? {}).length === 0 && (selector.matchExpressions ?? []).length === 0)
  );
}
