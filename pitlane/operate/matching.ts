import type { JournalEntry } from '../journal/entry.ts';
import { podsIn } from '../rotation/plan.ts';
import type { PodRef } from '../rotation/snapshot.ts';
import { resolvePod } from '../rotation/target.ts';

/** An operation that a person may name. */
export type Given = Pick<JournalEntry, 'id' | 'request' | 'subject'>;

/** The operations with that id, or about that pod; `ambiguous`: the word fits several pods. */
export type Matching<E extends Given> =
  | { readonly kind: 'found'; readonly entries: readonly E[] }
  | { readonly kind: 'ambiguous'; readonly entries: readonly E[]; readonly pods: readonly PodRef[] };

/** Finds operations by their id, or by a pod's name or a part of it. */
export function matching<E extends Given>(entries: readonly E[], word: string): Matching<E> {
  const byId = entries.find(({ id }) => id === word);
  if (byId !== undefined) return { kind: 'found', entries: [byId] };
  const pods = new Map(entries.flatMap(({ subject }) => podsIn(subject)).map((pod) => [pod.uid, pod]));
  const resolved = resolvePod(word, [...pods.values()]);
  const named = resolved.kind === 'found' ? [resolved.pod] : resolved.kind === 'ambiguous' ? resolved.candidates : [];
  const uids = new Set(named.map(({ uid }) => uid));
  const found = entries.filter(({ subject }) => podsIn(subject).some(({ uid }) => uids.has(uid)));
  return resolved.kind === 'ambiguous'
    ? { kind: 'ambiguous', entries: found, pods: named }
    : { kind: 'found', entries: found };
}
