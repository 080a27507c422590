import { concealed } from '../operations/conceal.ts';
import { podsIn } from '../rotation/plan.ts';
import type { PodRef } from '../rotation/snapshot.ts';
import { isoTime, onlyOf, personOf } from '../text/words.ts';
import type { JournalEntry, PastChange } from './entry.ts';
import { leftOutOf, undoneBy } from './history.ts';

export type EntryData = ReturnType<typeof entryData>;

/**
 * An operation of the journal for programs, without the fields that only Pitlane needs. Times are RFC 3339; names of fields
 * are stable.
 */
export function entryData(entry: JournalEntry) {
  const { id, request, subject, role, by, byName, at, heldUntil, written = [], cancel, ended } = entry;
  const pods = podsIn(subject).map(podData);
  return {
    id,
    request: concealed(request),
    /** Empty: the operation is about the service itself. */
    pods,
    /** Those of `pods` that it leaves out. */
    leftOut: leftOutOf(entry).map(podData),
    /** The only pod; null: there are several, or none. */
    pod: onlyOf(pods) ?? null,
    role,
    by,
    byName: byName ?? null,
    at: isoTime(at),
    /** A process works on it until then; null: none does. */
    heldUntil: heldUntil === 0 ? null : isoTime(heldUntil),
    /** Some changes are made. While it is in progress, false may mean that they are not noted yet. */
    hasWritten: written.length > 0 || ended?.kind === 'done',
    cancel: cancel === undefined ? null : { ...personOf(cancel), at: isoTime(cancel.at) },
    /** Null: it is in progress. */
    ended: ended === undefined ? null : { kind: ended.kind, at: isoTime(ended.at), message: ended.message },
  } as const;
}

export type ChangeData = ReturnType<typeof changeData>;

/** A change of the past for programs, in the same way. */
export function changeData(change: PastChange, all: readonly PastChange[]) {
  const { id, request, subject, leftOut = [], role, by, byName, at, ended } = change;
  const { undoes } = request;
  return {
    id,
    command: request.command,
    /** The pods that it changed. Empty: it was about the service itself. */
    pods: podsIn(subject).map(podData),
    leftOut: leftOut.map(podData),
    role,
    by,
    byName: byName ?? null,
    because: request.because ?? null,
    at: isoTime(at),
    endedAt: isoTime(ended.at),
    /** `done`, `failed`, `cancelled`, `superseded` or `givenUp`. */
    outcome: ended.kind,
    message: ended.message,
    /** The id of the operation that it undoes. */
    undoes: undoes?.id ?? null,
    /** The id of the operation that has undone it, if that is remembered. */
    undoneBy: undoneBy(change, all)?.id ?? null,
    request: concealed(request),
  } as const;
}

function podData({ name, uid }: PodRef) {
  return { name, uid };
}
