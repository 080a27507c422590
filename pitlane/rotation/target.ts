import type { Pod } from './snapshot.ts';

export type ResolvedPod =
  | { readonly kind: 'found'; readonly pod: Pod }
  /** More than one name fits; by name. */
  | { readonly kind: 'ambiguous'; readonly candidates: readonly Pod[] }
  /** No name fits; `nearest` are at most 3 names that look alike, the most alike first. */
  | { readonly kind: 'unknown'; readonly nearest: readonly string[] };

/** The fewest characters of a name that may stand for a pod. */
export const SHORTEST_PATTERN = 3;

/** Finds the pod that a person means: its full name, or a unique prefix or suffix of at least 3 characters. */
export function resolvePod(pattern: string, pods: readonly Pod[]): ResolvedPod {
  const exact = pods.find((pod) => pod.name === pattern);
  if (exact) return { kind: 'found', pod: exact };
  const fits =
    pattern.length < SHORTEST_PATTERN
      ? []
      : pods.filter((pod) => pod.name.startsWith(pattern) || pod.name.endsWith(pattern));
  const [only, ...others] = fits;
  if (only && others.length === 0) return { kind: 'found', pod: only };
  if (only) return { kind: 'ambiguous', candidates: [...fits].sort((a, b) => (a.name < b.name ? -1 : 1)) };
  return {
    kind: 'unknown',
    nearest: nearestNames(
      pattern,
      pods.map((pod) => pod.name),
    ),
  };
}

/** At most 3 of the names that need the fewest edits (of the whole name or of its last part), at most half of the pattern's length. */
export function nearestNames(pattern: string, names: readonly string[]): readonly string[] {
  const limit = Math.max(1, Math.floor(pattern.length / 2));
  return names
    .map((name) => {
      const lastPart = name.slice(name.lastIndexOf('-') + 1);
      return { name, edits: Math.min(editDistance(pattern, name), editDistance(pattern, lastPart)) };
    })
    .filter(({ edits }) => edits <= limit)
    .sort((a, b) => a.edits - b.edits || (a.name < b.name ? -1 : 1))
    .slice(0, 3)
    .map(({ name }) => name);
}

/** Insertions, deletions, replacements and swaps of neighbours that turn one text into the other. */
export function editDistance(a: string, b: string): number {
  let beforeThat: readonly number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const current = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const substitution = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const isSwapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swap = isSwapped ? (beforeThat[j - 2] ?? 0) + 1 : substitution;
      current.push(Math.min(substitution, swap, (previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1));
    }
    beforeThat = previous;
    previous = current;
  }
  return previous[b.length] ?? 0;
}
