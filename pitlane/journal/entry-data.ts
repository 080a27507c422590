import type { Request } from '../command/request.ts';
import type { EndKind, JournalEntry } from './entry.ts';

/** An operation of the journal for programs. Times are RFC 3339; names of fields are stable. */
export interface EntryData {
  readonly id: string;
  readonly request: Request;
  readonly pod: { readonly name: string; readonly uid: string };
  readonly by: string;
  readonly at: string;
  /** Until then a process is at work on it; null: nobody is. */
  readonly heldUntil: string | null;
  /** Something of it is known to be written. False while it is under way: it may be, and not be noted yet. */
  readonly hasWritten: boolean;
  /** Who wants it ended where it stands. */
  readonly cancel: { readonly by: string; readonly at: string } | null;
  /** Null: it is under way. */
  readonly ended: { readonly kind: EndKind; readonly at: string; readonly message: string } | null;
}

/** The entry without what only pitlane itself needs. */
export function entryData(entry: JournalEntry): EntryData {
  const { id, request, pod, by, at, heldUntil, hasWritten, cancel, ended } = entry;
  return {
    id,
    request,
    pod: { name: pod.name, uid: pod.uid },
    by,
    at: timeText(at),
    heldUntil: heldUntil === 0 ? null : timeText(heldUntil),
    hasWritten: hasWritten === true || ended?.kind === 'done',
    cancel: cancel === undefined ? null : { by: cancel.by, at: timeText(cancel.at) },
    ended: ended === undefined ? null : { kind: ended.kind, at: timeText(ended.at), message: ended.message },
  };
}

function timeText(ms: number): string {
  return new Date(ms).toISOString();
}
