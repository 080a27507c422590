import type { JournalEntry } from '../journal/entry.ts';
import type { Plan } from '../rotation/plan.ts';
import type { Attempt } from './attempt.ts';
import { close, leave } from './close.ts';
import { cancelled, failed } from './endings.ts';
import { enter } from './enter.ts';
import type { ChangeOutcome } from './outcome.ts';
import { entryIn, updateEntry } from './own-entry.ts';
import { notUnderstood } from './problems.ts';
import { outcomeOfKnown } from './words.ts';

/** Takes over an operation of the journal that no process holds any more. Undefined: it may continue. */
export async function takeOver(attempt: Attempt): Promise<ChangeOutcome | undefined> {
  const known = await enter(attempt);
  const entry = entryIn(attempt);
  if (known === 'left' && entry !== undefined) {
    attempt.isTakenOver = entry.decided === undefined;
    attempt.subject = entry.subject;
    return entry.decided === undefined ? undefined : hadNoEffect(entry, entry.decided);
  }
  return known === 'new' || entry === undefined
    ? notUnderstood('OperationUnknown', `Unknown operation ${attempt.id}.`, ['operations'])
    : { kind: known === 'running' ? 'running' : 'repeated', entry };
}

/** Enters the operation into the journal and has it announced, once. Undefined: it may continue. */
export async function begin(attempt: Attempt, plan: Plan): Promise<ChangeOutcome | undefined> {
  if (attempt.hasBegun) return whyNotContinue(attempt);
  attempt.hasBegun = true;
  const known = await enter(attempt, plan);
  const entry = entryIn(attempt);
  if (entry !== undefined && known !== 'new' && known !== 'left') return outcomeOfKnown({ kind: known, entry });
  const why = whyNotContinue(attempt);
  if (why !== undefined) return why;
  const report = await announce(attempt, plan);
  if (report !== undefined) {
    attempt.asker = { ...attempt.asker, report };
    // The tick edits it when this process can't.
    await updateEntry(attempt, { report });
  }
  return undefined;
}

/** For an operation that an earlier process began. */
function whyNotContinue(attempt: Attempt): ChangeOutcome | undefined {
  const entry = entryIn(attempt);
  if (entry?.decided !== undefined) return hadNoEffect(entry, entry.decided);
  return entry?.cancel === undefined ? undefined : cancelled(attempt, entry);
}

async function announce(attempt: Attempt, plan: Plan) {
  const { door, asker } = attempt;
  try {
    return await door.reporter?.begun?.(plan, entryIn(attempt)?.report);
  } catch (error) {
    // What an earlier process began is for the next one to continue.
    if (asker.resumes === undefined)
      await close(attempt, failed(attempt, 'NotAnnounced', 'Nothing was changed: the report could not be posted.'));
    else await leave(attempt);
    throw error;
  }
}

/** An earlier process has found out, and may have told nobody. */
function hadNoEffect(
  { id, request, subject, by, at }: JournalEntry,
  { message }: NonNullable<JournalEntry['decided']>,
): ChangeOutcome {
  return {
    kind: 'failed',
    code: 'HadNoEffect',
    operation: { id, request, subject, by, at },
    message,
    stands: [],
    undo: [],
  };
}
