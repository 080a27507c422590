import { isDeepStrictEqual } from 'node:util';
import { changeJournal, type KeptJournal } from '../../cluster/journal.ts';
import type { GateNote } from '../../journal/entry.ts';
import { underWay } from '../../journal/journal.ts';
import type { Round } from './round.ts';

/** A tick lives no longer (serverless.yml, timeout). */
const HOLD_MS = 120_000;

/** The note as this tick has written it. */
export interface HeldGate {
  readonly note: GateNote;
  readonly kept: KeptJournal;
}

/** Holds the note for this tick. Undefined: another tick is faster, or an operation has changed the gate or works on it. */
export function holdGate(round: Round, note: GateNote): Promise<HeldGate | undefined> {
  return change(round, note, { heldUntil: round.house.now() + HOLD_MS }, round.journals?.journal);
}

/** Ends the hold, with changes. */
export async function releaseGate(
  round: Round,
  { note, kept }: HeldGate,
  { told, stragglers }: Required<Pick<GateNote, 'told'>> & Pick<GateNote, 'stragglers'>,
): Promise<void> {
  const news = { told: told.length === 0 ? undefined : told, stragglers, heldUntil: undefined };
  await change(round, note, news, kept);
}

/** `known`: the journal that was read last. */
async function change(
  { connection, service, patience }: Round,
  note: GateNote,
  news: Pick<GateNote, 'told' | 'stragglers' | 'heldUntil'>,
  known: KeptJournal | undefined,
): Promise<HeldGate | undefined> {
  const wanted = { ...note, ...news };
  const kept = await changeJournal(
    connection,
    service,
    (journal) => {
      const [current] = journal.gates;
      const isBusy = underWay(journal).some(({ subject }) => subject.kind === 'service');
      return isBusy || !isSame(current, note) ? undefined : { ...journal, gates: [wanted] };
    },
    patience,
    known,
  );
  const [written] = kept.journal.gates;
  return written !== undefined && isSame(written, wanted) ? { note: written, kept } : undefined;
}

function isSame(one: GateNote | undefined, other: GateNote): boolean {
  return isDeepStrictEqual(json(one), json(other));
}

/** Without fields that are undefined. */
function json(note: GateNote | undefined): unknown {
  return note && JSON.parse(JSON.stringify(note));
}
