import { nearestNames } from '../text/nearest.ts';
import { onlyOf } from '../text/words.ts';
import type { PodRef } from './snapshot.ts';

export type ResolvedPod<P extends PodRef> =
  | { readonly kind: 'found'; readonly pod: P }
  /** More than one name fits; by name. */
  | { readonly kind: 'ambiguous'; readonly candidates: readonly P[] }
  /** No name fits; `nearest` are at most 3 names that look alike, the most alike first. */
  | { readonly kind: 'unknown'; readonly nearest: readonly string[] };

/** The fewest characters of a name that may stand for a pod. */
export const SHORTEST_PATTERN = 3;

/** Finds a pod by its full name, or a unique prefix or suffix of at least 3 characters. */
export function resolvePod<P extends PodRef>(pattern: string, pods: readonly P[]): ResolvedPod<P> {
  const exact = pods.find((pod) => pod.name === pattern);
  if (exact) return { kind: 'found', pod: exact };
  const fits =
    pattern.length < SHORTEST_PATTERN
      ? []
      : pods.filter((pod) => pod.name.startsWith(pattern) || pod.name.endsWith(pattern));
  const only = onlyOf(fits);
  if (only) return { kind: 'found', pod: only };
  if (fits.length > 0) return { kind: 'ambiguous', candidates: [...fits].sort((a, b) => (a.name < b.name ? -1 : 1)) };
  const names = pods.map(({ name }) => name);
  return { kind: 'unknown', nearest: nearestNames(pattern, names) };
}
