import { matches, type Selector, selectorOf, selectorOfLabelSelector } from './selector.ts';
import type { Bystanders, LabelSelector, Labels } from './snapshot.ts';

/**
 * The labels to take off a pod so that neither the service nor its owner selects it any more: the smallest set, and
 * among equals in this order:
 * 1. it breaks the most selectors of budgets (a drained pod that a budget still counts allows one disruption too many),
 * 2. it breaks the fewest selectors of network policies (the pod stays as reachable and as shielded as it was),
 * 3. it breaks the fewest other Services,
 * 4. it comes first by name.
 * Undefined: no removal does it, because the owner's selector asks only for labels that are absent.
 */
export function labelsToRemove(
  labels: Labels,
  service: Labels,
  owner: LabelSelector | undefined,
  bystanders: Bystanders | undefined,
): readonly string[] | undefined {
  const mustBreak = [selectorOf(service), ...(owner ? [selectorOfLabelSelector(owner)] : [])].filter((selector) =>
    matches(selector, labels),
  );
  if (mustBreak.length === 0) return [];
  const keys = [...new Set(mustBreak.flatMap((selector) => selector.map(({ key }) => key)))]
    .filter((key) => Object.hasOwn(labels, key))
    .sort();
  const breaksAll = (set: readonly string[]): boolean =>
    mustBreak.every((selector) => !matches(selector, without(labels, set)));
  // Two selectors, each broken by one label or by none: a set of more than two is never the smallest.
  const singles = keys.map((key) => [key]).filter(breaksAll);
  const pairs = keys.flatMap((a, index) => keys.slice(index + 1).map((b) => [a, b])).filter(breaksAll);
  const candidates = singles.length > 0 ? singles : pairs;
  return candidates
    .map((set) => ({ set, rank: rankOf(labels, set, bystanders) }))
    .sort((a, b) => compare(a.rank, b.rank) || (a.set.join() < b.set.join() ? -1 : 1))[0]?.set;
}

function rankOf(labels: Labels, set: readonly string[], bystanders: Bystanders | undefined): readonly number[] {
  if (!bystanders) return [0, 0, 0];
  const broken = (selectors: readonly Selector[]): number =>
    selectors.filter((selector) => matches(selector, labels) && !matches(selector, without(labels, set))).length;
  const budgets = bystanders.budgets.flatMap(({ selector }) => (selector ? [selectorOfLabelSelector(selector)] : []));
  return [
    -broken(budgets),
    broken(bystanders.networkPolicies.map(({ podSelector }) => selectorOfLabelSelector(podSelector))),
    broken(bystanders.services.map(({ selector }) => selectorOf(selector))),
  ];
}

function compare(a: readonly number[], b: readonly number[]): number {
  return a.map((value, index) => value - (b[index] ?? 0)).find((difference) => difference !== 0) ?? 0;
}

/** The labels less those keys. */
export function without(labels: Labels, keys: readonly string[]): Labels {
  return Object.fromEntries(Object.entries(labels).filter(([key]) => !keys.includes(key)));
}
