import type { Request } from '../command/request.ts';
import { podsIn } from '../rotation/plan.ts';
import type { EndKind, JournalEntry } from './entry.ts';

/** An operation of the journal for programs. Times are RFC 3339; names of fields are stable. */
export interface EntryData {
  readonly id: string;
  readonly request: Request;
  /** Empty: the operation is about the service itself. */
  readonly pods: readonly { readonly name: string; readonly uid: string }[];
  /** The only pod; null: there are several, or none. */
  readonly pod: { readonly name: string; readonly uid: string } | null;
  readonly role: JournalEntry['role'];
  readonly by: string;
  readonly at: string;
  /** A process works on it until then; null: none does. */
  readonly heldUntil: string | null;
  /** Some changes are made. While it is in progress, false may mean that they are not noted yet. */
  readonly hasWritten: boolean;
  /** Its cancellation. */
  readonly cancel: { readonly by: string; readonly at: string } | null;
  /** Null: it is in progress. */
  readonly ended: { readonly kind: EndKind; readonly at: string; readonly message: string } | null;
}

/** The entry without the fields that only Pitlane needs. */
export function entryData(entry: JournalEntry): EntryData {
  const { id, request, subject, role, by, at, heldUntil, written = [], cancel, ended } = entry;
  const pods = podsIn(subject).map(({ name, uid }) => ({ name, uid }));
  return {
    id,
    request,
    pods,
    pod: pods.length === 1 ? (pods[0] ?? null) : null,
    role,
    by,
    at: timeText(at),
    heldUntil: heldUntil === 0 ? null : timeText(heldUntil),
    hasWritten: written.length > 0 || ended?.kind === 'done',
    cancel: cancel === undefined ? null : { by: cancel.by, at: timeText(cancel.at) },
    ended: ended === undefined ? null : { kind: ended.kind, at: timeText(ended.at), message: ended.message },
  };
}

function timeText(ms: number): string {
  return new Date(ms).toISOString();
}
