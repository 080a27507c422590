import { isDeepStrictEqual } from 'node:util';
import { changeJournal, type KeptJournal } from '../../cluster/journal.ts';
import type { Journal, ScheduleNote } from '../../journal/entry.ts';
import { underWay } from '../../journal/journal.ts';
import type { Round } from './round.ts';

/** A tick lives no longer (serverless.yml, timeout). */
export const HOLD_MS = 120_000;

/** A note as this tick has written it. */
interface Held<N> {
  readonly note: N;
  readonly kept: KeptJournal;
}

/**
 * Replaces the note of a gate or schedule. Undefined: another tick is faster, or an operation has changed the gate or works
 * on it. `before`: the note as it was read; undefined: there was none. `known`: the journal that was read last.
 */
export async function replaceNote<N extends { readonly id: string }>(
  { connection, service, patience }: Round,
  part: 'gates' | 'schedules',
  before: N | undefined,
  note: N,
  known?: KeptJournal,
): Promise<Held<N> | undefined> {
  const [old, wanted] = [before && json(before), json(note)];
  const ownIn = (journal: Journal) => journal[part].find(({ id }) => id === note.id);
  const change = (journal: Journal): Journal | undefined => {
    const own = ownIn(journal);
    // An answer may have been lost.
    if (!isDeepStrictEqual(own, old) || isDeepStrictEqual(own, wanted)) return undefined;
    if (part === 'gates' && isServiceBusy(journal)) return undefined;
    return { ...journal, [part]: [...journal[part].filter(({ id }) => id !== note.id), wanted] };
  };
  const kept = await changeJournal(connection, service, change, patience, known);
  return isDeepStrictEqual(ownIn(kept.journal), wanted) ? { note: wanted, kept } : undefined;
}

/** Holds the schedule for this tick. Undefined: another tick is faster. `before`: the note that was read; undefined: none. */
export async function holdSchedule(
  round: Round,
  before: ScheduleNote | undefined,
  note: ScheduleNote,
): Promise<ScheduleNote | undefined> {
  const now = round.house.now();
  if ((before?.heldUntil ?? 0) > now) return undefined;
  const held = { ...note, heldUntil: now + HOLD_MS };
  return (await replaceNote(round, 'schedules', before, held, round.journals?.journal))?.note;
}

/** An operation on the service is in progress. */
export function isServiceBusy(journal: Journal): boolean {
  return underWay(journal).some(({ subject }) => subject.kind === 'service');
}

/** Without fields that are undefined. */
function json<N>(note: N): N {
  return JSON.parse(JSON.stringify(note)) as N;
}
