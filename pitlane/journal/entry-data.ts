import { podsIn } from '../rotation/plan.ts';
import { isoTime, onlyOf } from '../text/words.ts';
import type { JournalEntry } from './entry.ts';

export type EntryData = ReturnType<typeof entryData>;

/**
 * An operation of the journal for programs, without the fields that only Pitlane needs. Times are RFC 3339; names of fields
 * are stable.
 */
export function entryData(entry: JournalEntry) {
  const { id, request, subject, role, by, at, heldUntil, written = [], cancel, ended } = entry;
  const pods = podsIn(subject).map(({ name, uid }) => ({ name, uid }));
  return {
    id,
    request,
    /** Empty: the operation is about the service itself. */
    pods,
    /** The only pod; null: there are several, or none. */
    pod: onlyOf(pods) ?? null,
    role,
    by,
    at: isoTime(at),
    /** A process works on it until then; null: none does. */
    heldUntil: heldUntil === 0 ? null : isoTime(heldUntil),
    /** Some changes are made. While it is in progress, false may mean that they are not noted yet. */
    hasWritten: written.length > 0 || ended?.kind === 'done',
    cancel: cancel === undefined ? null : { by: cancel.by, at: isoTime(cancel.at) },
    /** Null: it is in progress. */
    ended: ended === undefined ? null : { kind: ended.kind, at: isoTime(ended.at), message: ended.message },
  } as const;
}
