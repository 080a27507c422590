import { isDeepStrictEqual } from 'node:util';
import { changeJournal, type KeptJournal } from '../../cluster/journal.ts';
import type { Journal, ScheduleNote } from '../../journal/entry.ts';
import type { Round } from './round.ts';

/** A tick lives no longer (serverless.yml, timeout). */
const HOLD_MS = 120_000;

/** Holds the schedule for this tick. Undefined: another tick is faster. `before`: the note that was read; undefined: none. */
export async function holdSchedule(
  round: Round,
  before: ScheduleNote | undefined,
  note: ScheduleNote,
): Promise<ScheduleNote | undefined> {
  if ((before?.heldUntil ?? 0) > round.house.now()) return undefined;
  const held = { ...note, heldUntil: round.house.now() + HOLD_MS };
  return writeSchedule(round, before, held, round.journals?.journal);
}

/** Replaces the note. Undefined: another tick has changed it. `known`: the journal, if it was read with `before`. */
export async function writeSchedule(
  round: Round,
  before: ScheduleNote | undefined,
  note: ScheduleNote,
  known?: KeptJournal,
): Promise<ScheduleNote | undefined> {
  const wanted = json(note);
  const { journal } = await change(
    round,
    ({ schedules, ...journal }) => {
      const current = schedules.find(({ id }) => id === note.id);
      // An answer may have been lost.
      if (!isDeepStrictEqual(current, before) || isDeepStrictEqual(current, wanted)) return undefined;
      return { ...journal, schedules: [...schedules.filter(({ id }) => id !== note.id), wanted] };
    },
    known,
  );
  return isDeepStrictEqual(
    journal.schedules.find(({ id }) => id === note.id),
    wanted,
  )
    ? wanted
    : undefined;
}

/** Forgets the schedules that are gone. */
export async function forgetSchedules(round: Round, ids: ReadonlySet<string>): Promise<void> {
  await change(round, (journal) => {
    const schedules = journal.schedules.filter(({ id }) => ids.has(id));
    return schedules.length === journal.schedules.length ? undefined : { ...journal, schedules };
  });
}

function change(
  { connection, service, patience }: Round,
  how: (journal: Journal) => Journal | undefined,
  known?: KeptJournal,
): Promise<KeptJournal> {
  return changeJournal(connection, service, how, patience, known);
}

/** Without fields that are undefined. */
function json(note: ScheduleNote): ScheduleNote {
  return JSON.parse(JSON.stringify(note)) as ScheduleNote;
}
