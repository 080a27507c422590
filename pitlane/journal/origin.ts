import { operationNamed } from '../operations/table.ts';
import { podsIn } from '../rotation/plan.ts';
import type { PodRef } from '../rotation/snapshot.ts';
import { personOf } from '../text/words.ts';
import type { DrainNote, Journal, JournalEntry } from './entry.ts';
import { isSameNote } from './journal.ts';

/** What the journal knows of the operation that has drained or disabled a pod. */
export interface Origin extends Pick<JournalEntry, 'by' | 'byName' | 'at' | 'report'> {
  /** Absent: the configured time of a drain, or no end. */
  readonly forSeconds?: number;
}

/**
 * The operation with that id that has drained or disabled this very pod, among those under way, ended and past. Undefined:
 * only the mark on the pod says so, and anything that may edit pods can write one.
 */
export function originOf(
  { operations, history }: Pick<Journal, 'operations' | 'history'>,
  { id, pod: { uid }, kind }: Pick<DrainNote, 'id' | 'pod' | 'kind'>,
): Origin | undefined {
  const found = [...operations, ...history].find(
    (entry) => entry.id === id && begins(entry.request.command, kind) && uidsIn(entry).includes(uid),
  );
  if (found === undefined) return undefined;
  const { at, request } = found;
  const report = 'report' in found ? found.report : undefined;
  return {
    ...personOf(found),
    at,
    ...(report !== undefined && { report }),
    ...(request.forSeconds !== undefined && { forSeconds: request.forSeconds }),
  };
}

/**
 * The journal has the drain that has left this record on the pod: the operation, or, after its history has become too long
 * for that, the note of the tick.
 */
export function knowsDrain(
  journal: Pick<Journal, 'operations' | 'history' | 'drains'>,
  pod: PodRef,
  id: string,
): boolean {
  return (
    originOf(journal, { id, pod }) !== undefined ||
    journal.drains.some((note) => isSameNote(note, { pod }) && note.id === id && note.isUnproven === undefined)
  );
}

function begins(command: string, kind: DrainNote['kind']): boolean {
  const { lookAfter, lookedAfter } = operationNamed(command);
  return lookAfter === 'begins' && lookedAfter === kind;
}

function uidsIn({ subject }: Pick<JournalEntry, 'subject'>): readonly string[] {
  return podsIn(subject).map(({ uid }) => uid);
}
