import { type Attempt, hasWritten, isBlind } from './attempt.ts';
import { answeredReminders, close, decide, isWorthAnotherLook, leave } from './close.ts';
import { cancelled, failed } from './endings.ts';
import type { ChangeOutcome, Failed, NotUnderstood } from './outcome.ts';
import { entryIn } from './own-entry.ts';
import { TRIED_AGAIN } from './words.ts';

/** Makes of an outcome what people are told, tells it, and closes the operation or leaves it to the tick. */
export async function settle(attempt: Attempt, outcome: ChangeOutcome): Promise<ChangeOutcome> {
  const final = withCancel(attempt, outcome);
  if (isBlind(attempt) && isTrouble(final) && isWorthAnotherLook(attempt)) {
    await leave(attempt);
    return failed(attempt, final.code, `${final.message} ${TRIED_AGAIN}`);
  }
  const { cancel } = attempt.ownEntry;
  if (final.kind === 'done' && cancel !== undefined) {
    const note = `${cancel.by} cancelled the rest of the wait.`;
    return tell(attempt, { ...final, notes: [...final.notes, note] });
  }
  const told = withFuture(attempt, final);
  return tell(attempt, hadNoEffect(attempt, told) ? await decide(attempt, told) : told);
}

/** An operation that was cancelled ends as cancelled, also where it was told so before this process took it over. */
function withCancel(attempt: Attempt, outcome: ChangeOutcome): ChangeOutcome {
  const entry = entryIn(attempt);
  const cancel = attempt.ownEntry.cancel ?? entry?.cancel;
  const isOpen =
    outcome.kind === 'unfinished' || outcome.kind === 'refusal' || (outcome.kind === 'failed' && !isBlind(attempt));
  return isOpen && cancel !== undefined && entry !== undefined ? cancelled(attempt, { ...entry, cancel }) : outcome;
}

/** What kept an unfinished operation from its proof, and whether the tick continues it. */
function withFuture(attempt: Attempt, outcome: ChangeOutcome): ChangeOutcome {
  const { trouble, isOverdue, door } = attempt;
  if (outcome.kind !== 'unfinished') return outcome;
  const goesOn = !isOverdue && door.hasTick === true && isWorthAnotherLook(attempt);
  return { ...outcome, ...(trouble !== undefined && { trouble }), ...(goesOn && { goesOn: true }) };
}

function isTrouble(outcome: ChangeOutcome): outcome is Failed | NotUnderstood {
  return outcome.kind === 'failed' || outcome.kind === 'notUnderstood';
}

function hadNoEffect(attempt: Attempt, { kind }: ChangeOutcome): boolean {
  return !hasWritten(attempt) && kind !== 'done' && kind !== 'unfinished' && kind !== 'cancelled';
}

/** Tells how it ended, and then closes the entry: in this order, so that it is told at least once. */
async function tell(attempt: Attempt, outcome: ChangeOutcome): Promise<ChangeOutcome> {
  try {
    await attempt.door.reporter?.ended?.(outcome, answeredReminders(attempt, outcome));
  } catch (error) {
    await leave(attempt);
    throw error;
  }
  if (outcome.kind === 'unfinished' && outcome.goesOn) await leave(attempt);
  else await close(attempt, outcome);
  return outcome;
}
