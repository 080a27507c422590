import { MOST_CHANGES } from '../command/rules.ts';
import { podsIn, type Subject } from '../rotation/plan.ts';
import type { PodRef } from '../rotation/snapshot.ts';
import { personOf } from '../text/words.ts';
import type { Journal, JournalEntry, PastChange } from './entry.ts';

/** An eighth of a ConfigMap; most of the rest is for the operations. */
const MOST_BYTES = 128 * 1024;

/** The last changes, the newest first: those of the history, and those that are still among the operations. */
export function changesOf({ history, operations }: Pick<Journal, 'history' | 'operations'>): readonly PastChange[] {
  const recent = operations.flatMap((entry) => changeOf(entry) ?? []);
  const ids = new Set(operations.map(({ id }) => id));
  // An operation that is tried again is not a change of the past until it ends again.
  return [...history.filter(({ id }) => !ids.has(id)), ...recent]
    .toReversed()
    .sort((a, b) => b.ended.at - a.ended.at)
    .slice(0, MOST_CHANGES);
}

/** Keeps the changes of operations that leave the journal. The oldest ones make room. */
export function remember(history: readonly PastChange[], gone: readonly JournalEntry[]): readonly PastChange[] {
  return gone.length === 0 ? history : newest(changesOf({ history, operations: gone }).toReversed(), MOST_BYTES);
}

/** The last items that fit into so many bytes of JSON together. */
export function newest<T>(items: readonly T[], bytes: number): readonly T[] {
  let left = bytes;
  const last = items.findLastIndex((item) => {
    left -= Buffer.byteLength(JSON.stringify(item));
    return left < 0;
  });
  return items.slice(last + 1);
}

/** Undefined: it has not ended, or has changed nothing. */
function changeOf(entry: JournalEntry): PastChange | undefined {
  const { id, request, opposite, role, at, ended } = entry;
  if (ended === undefined || !hasChanged(entry)) return undefined;
  const out = leftOutOf(entry);
  return {
    v: 1,
    id,
    request,
    subject: changedSubject(entry),
    ...(out.length > 0 && { leftOut: out }),
    opposite,
    role,
    ...personOf(entry),
    at,
    ended,
  };
}

/** Without a note of its writes, an operation that is done or has failed may have written. */
function hasChanged({ written, ended }: JournalEntry): boolean {
  return written === undefined ? ended?.kind === 'done' || ended?.kind === 'failed' : written.length > 0;
}

/** The pods of an unfinished operation are known by the writes, whose keys end with the uid of their pod. */
function changedSubject({ subject, leftOut = [], written = [], ended }: JournalEntry): Subject {
  if (subject.kind === 'service') return subject;
  const isWritten = ({ uid }: PodRef) => written.some((key) => key.endsWith(` ${uid}`));
  const isChanged = (pod: PodRef) => (ended?.kind === 'done' ? !leftOut.includes(pod.uid) : isWritten(pod));
  const pods = subject.pods.filter(isChanged);
  return pods.length === 0 ? subject : { ...subject, pods };
}

/** The uids of the objects of a subject. */
export function uidsOf(subject: Subject): readonly string[] {
  return subject.kind === 'service' ? [subject.service.uid] : subject.pods.map(({ uid }) => uid);
}

/** The pods of an operation that are left out. */
export function leftOutOf({ subject, leftOut = [] }: Pick<JournalEntry, 'subject' | 'leftOut'>): readonly PodRef[] {
  return podsIn(subject).filter(({ uid }) => leftOut.includes(uid));
}

/** The change that has undone it, if one has. */
export function undoneBy({ id }: PastChange, changes: readonly PastChange[]): PastChange | undefined {
  return changes.find(({ request }) => request.undoes?.id === id);
}
