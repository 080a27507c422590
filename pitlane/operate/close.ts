import { ClusterError } from '../cluster/errors.ts';
import { dropped, ended, entryOf } from '../journal/journal.ts';
import { operationNamed } from '../operations/table.ts';
import { type Plan, podsIn } from '../rotation/plan.ts';
import type { PodRef } from '../rotation/snapshot.ts';
import type { Reminder } from './asker.ts';
import { type Attempt, hasWritten, podsLeftOut, podsOf } from './attempt.ts';
import { changeAdmins } from './enter.ts';
import type { ChangeOutcome, Failed } from './outcome.ts';
import { changeEntry, entryIn, lastMoment, soFar, updateEntry } from './own-entry.ts';
import { endOf, messageOf, TRIED_AGAIN } from './words.ts';

/** What is not seen to be done by then is given up: every milestone's time passed long before. Each pod adds its share. */
const OPEN_MS = 25 * 60_000;
const OPEN_MS_PER_POD = 5 * 60_000;

/** The reminders that ask what to do with the pods, where the outcome is the answer. */
export function answeredReminders({ request, ownEntry }: Attempt, outcome: ChangeOutcome): readonly Reminder[] {
  if (outcome.kind !== 'done' || operationNamed(request.command).lookAfter === 'begins') return [];
  return donePods(outcome.plan).flatMap(({ uid, name }) => {
    const note = ownEntry.kept?.journal.drains.find(({ pod }) => pod.uid === uid);
    return note?.reminder?.message === undefined ? [] : { ...note.reminder.message, pod: name };
  });
}

/**
 * Before people are told that nothing was changed: from then on nothing is changed, also where this process dies before it
 * has closed the entry. Where that can't be noted the tick will continue, and that is told.
 */
export async function decide(attempt: Attempt, outcome: ChangeOutcome): Promise<ChangeOutcome> {
  const { ownEntry, door, house, asker, holder } = attempt;
  if (!ownEntry.isOpen || door.hasTick !== true || entryIn(attempt)?.decided !== undefined) return outcome;
  const message = messageOf(outcome);
  const decided = { kind: endOf(outcome, asker.resumes !== undefined) ?? 'failed', at: house.now(), message };
  try {
    await updateEntry(attempt, { decided }, lastMoment(attempt));
    const entry = entryIn(attempt);
    // Another process has taken it over meanwhile, and may write.
    return entry === undefined || entry.holder === holder ? outcome : { kind: 'running', entry };
  } catch (error) {
    if (!(error instanceof ClusterError)) throw error;
    const { operation, code = 'ClusterError' } = outcome as Partial<Failed>;
    return {
      kind: 'failed',
      code,
      ...(operation !== undefined && { operation }),
      message: `${message} ${TRIED_AGAIN}`,
      stands: [],
      undo: [],
    };
  }
}

/** As long as an earlier process's work can't be looked at for now, the next process is to find out. */
export function isWorthAnotherLook(attempt: Attempt): boolean {
  const { ownEntry, house } = attempt;
  const openMs = OPEN_MS + podsOf(attempt).length * OPEN_MS_PER_POD;
  return ownEntry.isOpen && house.now() - (entryIn(attempt)?.at ?? 0) <= openMs;
}

/** Leaves the operation to the tick. */
export async function leave(attempt: Attempt): Promise<void> {
  const written = hasWritten(attempt) ? soFar(attempt) : {};
  await atLast(attempt, () => updateEntry(attempt, { heldUntil: 0, ...written }));
}

/** Closes the entry as the outcome says. What had no effect is forgotten, so that its id may be used again. */
export async function close(attempt: Attempt, outcome: ChangeOutcome): Promise<void> {
  const { ownEntry, house, id, holder, asker, door } = attempt;
  if (!ownEntry.isOpen) return;
  const isTold = door.reporter?.ended !== undefined;
  const kind = outcome.kind === 'cancelled' ? outcome.entry.ended?.kind : endOf(outcome, asker.resumes !== undefined);
  const end = { at: house.now(), message: messageOf(outcome) };
  const pods = outcome.kind === 'done' ? { pods: donePods(outcome.plan) } : {};
  const isAdmins = entryIn(attempt)?.role === 'admin' && asker.role === 'admin';
  await atLast(attempt, async () => {
    await changeEntry(
      attempt,
      (journal) => {
        const entry = entryOf(journal, id);
        // The process that has taken it over meanwhile ends it.
        if (entry?.holder !== holder || entry.ended !== undefined) return undefined;
        return kind === undefined ? dropped(journal, id) : ended(journal, id, { kind, ...end }, { isTold, ...pods });
      },
      lastMoment(attempt),
    );
    if (isAdmins) await changeAdmins(attempt, (journal) => (entryOf(journal, id) ? dropped(journal, id) : undefined));
  });
  ownEntry.isOpen = false;
}

/** The pods that were not left out. */
function donePods(plan: Plan): readonly PodRef[] {
  const left = new Set(podsLeftOut(plan));
  return podsIn(plan.operation.subject).filter((pod) => !left.has(pod));
}

/** The end of an operation is written down even when its time is over; where that fails, the tick does it. */
async function atLast({ ownEntry }: Attempt, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof ClusterError)) throw error;
    ownEntry.kept = undefined;
  }
}
