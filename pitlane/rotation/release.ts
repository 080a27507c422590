import { type Selecting, selectingIn } from './bystanders.ts';
import { withoutKeys } from './labels.ts';
import { trackingIn } from './pruners.ts';
import { matches, selectorOf, selectorOfLabelSelector } from './selector.ts';
import type { Bystanders, LabelSelector, Labels, Seen } from './snapshot.ts';

/**
 * The labels to remove from a pod so that neither the services nor its owner select it, and no other controller adopts it
 * (and deletes it as surplus): the smallest set, and among equals in this order:
 * 1. it breaks the most selectors of budgets (a drained pod that a budget still counts allows one disruption too many),
 * 2. it breaks the fewest selectors of network policies (the pod stays as reachable and as shielded as it was),
 * 3. it breaks the fewest other Services,
 * 4. it has the most labels by which a program finds what it may delete,
 * 5. it comes first by name.
 * Undefined: no set is enough, because a controller's selector only asks for absent labels.
 *
 * @param stuck sets of labels that can't be removed together
 */
export function labelsToRemove(
  labels: Labels,
  services: readonly Labels[],
  owner: LabelSelector | undefined,
  bystanders: Seen<Bystanders>,
  adopters: readonly LabelSelector[] = [],
  stuck: readonly (readonly string[])[] = [],
): readonly string[] | undefined {
  const selectors = [...services.map(selectorOf), ...(owner ? [selectorOfLabelSelector(owner)] : [])];
  const mustBreak = selectors.filter((selector) => matches(selector, labels));
  // A selector can also start to match when a label is removed.
  const mustNotMatch = [...mustBreak, ...adopters.map(selectorOfLabelSelector)];
  if (mustBreak.length === 0) return [];
  const keys = [...new Set(mustNotMatch.flatMap((selector) => selector.map(({ key }) => key)))]
    .filter((key) => Object.hasOwn(labels, key))
    .sort();
  const breaksAll = (set: readonly string[]): boolean =>
    !stuck.some((keys) => keys.every((key) => set.includes(key))) &&
    mustNotMatch.every((selector) => !matches(selector, withoutKeys(labels, set)));
  const matching = mustNotMatch.filter((selector) => matches(selector, labels));
  // Each label breaks at least one selector, so no set is larger than their number.
  return smallest(keys, matching.length, breaksAll)
    .map((set) => ({ set, rank: rankOf(labels, set, bystanders) }))
    .sort((a, b) => compare(a.rank, b.rank) || (a.set.join() < b.set.join() ? -1 : 1))[0]?.set;
}

/** Every set of the smallest size that is enough, of 1 to `most` keys. */
export function smallest(
  keys: readonly string[],
  most: number,
  isEnough: (set: readonly string[]) => boolean,
): readonly (readonly string[])[] {
  let sets: readonly (readonly string[])[] = [[]];
  for (let size = 1; size <= most; size += 1) {
    sets = sets.flatMap((set) => keys.slice(keys.indexOf(set.at(-1) ?? '') + 1).map((key) => [...set, key]));
    const fitting = sets.filter(isEnough);
    if (fitting.length > 0) return fitting;
  }
  return [];
}

function rankOf(labels: Labels, set: readonly string[], bystanders: Seen<Bystanders>): readonly number[] {
  const tracking = -trackingIn(set).length;
  const after = withoutKeys(labels, set);
  const broken = selectingIn(bystanders).filter(
    ({ selector }) => matches(selector, labels) && !matches(selector, after),
  );
  const of = (kind: Selecting['kind']): number => broken.filter((each) => each.kind === kind).length;
  return [-of('PodDisruptionBudget'), of('NetworkPolicy'), of('Service'), tracking];
}

function compare(a: readonly number[], b: readonly number[]): number {
  return a.map((value, index) => value - (b[index] ?? 0)).find((difference) => difference !== 0) ?? 0;
}
