import type { Connection } from '../cluster/connection.ts';
import { changeJournal, readKeptJournal } from '../cluster/journal.ts';
import { patiently } from '../cluster/retry.ts';
import type { Journal, JournalEntry } from '../journal/entry.ts';
import { changed, entryOf } from '../journal/journal.ts';
import { type Attempt, podsLeftOut } from './attempt.ts';
import { patienceOf } from './house.ts';

/** How long a process may be silent before the tick takes over its operation. */
export const HOLD_MS = 60_000;
/** How often a waiting process looks whether its operation was cancelled, and renews its hold. */
const LOOK_MS = 5_000;
const RENEW_BELOW_MS = 40_000;
/** For a write to the journal when the operation's own time is over, or it was told to stop. */
const LAST_WRITE_MS = 5_000;

/** The operation's entry in the journal as last seen. */
export function entryIn({ ownEntry, id }: Pick<Attempt, 'ownEntry' | 'id'>): JournalEntry | undefined {
  return ownEntry.kept && entryOf(ownEntry.kept.journal, id);
}

/** While the operation waits: renews the hold, and stops it when it was cancelled. */
export function watchEntry(attempt: Attempt, stop: (cancel: NonNullable<JournalEntry['cancel']>) => void): void {
  const { ownEntry, house } = attempt;
  let isLooking = false;
  const look = async () => {
    isLooking = true;
    const entry = await lookAgain(attempt).catch(() => undefined);
    isLooking = false;
    if (entry?.cancel !== undefined) stop(entry.cancel);
  };
  ownEntry.timer = setInterval(() => {
    // A look behind a slow one would still be looking when the operation's own time is over.
    if (!isLooking) ownEntry.looking = look();
  }, house.lookMs ?? LOOK_MS);
  ownEntry.timer.unref();
}

export async function unwatchEntry({ ownEntry }: Attempt): Promise<void> {
  clearInterval(ownEntry.timer);
  ownEntry.watching.abort();
  await Promise.all([ownEntry.looking, ownEntry.noting]);
}

/** Renews the hold where little of it is left; else only reads. */
async function lookAgain(attempt: Attempt): Promise<JournalEntry | undefined> {
  const { ownEntry, house, id, holder, plainConnection, service, door } = attempt;
  if (!ownEntry.isOpen) return undefined;
  const { signal } = ownEntry.watching;
  const stoppable: Connection = { ...plainConnection, send: (call) => plainConnection.send({ ...call, signal }) };
  // What is known of the entry stays known where this fails.
  ownEntry.kept = await readKeptJournal(stoppable, service);
  const renew = (journal: Journal): Journal | undefined => {
    const entry = entryOf(journal, id);
    if (entry?.holder !== holder || entry.heldUntil - house.now() > RENEW_BELOW_MS) return undefined;
    return changed(journal, id, { heldUntil: house.now() + HOLD_MS, ...soFar(attempt) });
  };
  const patience = patienceOf(house, door.deadline, { signal });
  ownEntry.kept = await changeJournal(stoppable, service, renew, patience, ownEntry.kept);
  return entryIn(attempt);
}

/**
 * Beside the wait: should this process die, and a person restore by hand what it wrote, the next process knows that it was
 * written once. Where that can't be noted now, the next renewal does it.
 */
export function noteWrites(attempt: Attempt): void {
  const { ownEntry, door, house } = attempt;
  if (door.hasTick !== true) return;
  const deadline = house.now() + LAST_WRITE_MS;
  const note = () => updateEntry(attempt, soFar(attempt), deadline).catch(() => {});
  ownEntry.noting = (ownEntry.noting ?? Promise.resolve()).then(note);
}

/** What the next process has to know: the writes, the evidence that is kept, and the pods that are left out. */
export function soFar(attempt: Attempt): Pick<JournalEntry, 'written' | 'evidence' | 'leftOut'> {
  const { writes, ownEntry, plan } = attempt;
  const { written = [], evidence = [], leftOut = [] } = entryIn(attempt) ?? {};
  const all = {
    written: [...written, ...writes.done.map(({ key }) => key)],
    evidence: [...evidence, ...ownEntry.evidence],
    leftOut: [...leftOut, ...(plan === undefined ? [] : podsLeftOut(plan).map(({ uid }) => uid))],
  };
  const known = Object.entries(all).filter(([, texts]) => texts.length > 0);
  return Object.fromEntries(known.map(([key, texts]) => [key, [...new Set(texts)]]));
}

/** Changes the entry while this process holds it. */
export async function updateEntry(attempt: Attempt, what: Partial<JournalEntry>, deadline?: number): Promise<void> {
  const { ownEntry, id, holder } = attempt;
  if (!ownEntry.isOpen) return;
  await changeEntry(
    attempt,
    (journal) => (entryOf(journal, id)?.holder === holder ? changed(journal, id, what) : undefined),
    deadline,
  );
}

export async function changeEntry(
  { ownEntry, house, plainConnection, service, door }: Attempt,
  how: (journal: Journal) => Journal | undefined,
  deadline = door.deadline,
): Promise<void> {
  const patience = patienceOf(house, deadline);
  ownEntry.kept = await changeJournal(patiently(plainConnection, patience), service, how, patience, ownEntry.kept);
}

export function lastMoment({ house, door }: Attempt): number {
  return Math.max(door.deadline, house.now() + LAST_WRITE_MS);
}
