import { CannotConnect, ClusterError } from '../cluster/errors.ts';
import { LeaseTaken } from '../cluster/lease.ts';
import { patiently } from '../cluster/retry.ts';
import type { JournalEntry } from '../journal/entry.ts';
import type { AdvanceOptions } from './asker.ts';
import { Bookkeeping, TRIED_AGAIN } from './bookkeeping.ts';
import { holderOf, idOf, patienceOf } from './house.ts';
import type { ChangeOutcome, Failed, NotUnderstood, OperationEvent } from './outcome.ts';
import { type Change, Run } from './run.ts';

/**
 * Carries a change out: observe, plan, write, prove, again and again. Nothing is remembered between two looks but what
 * this run has written, so a run that dies is taken up by the next one where the cluster stands. The journal knows of it
 * from before the first write until somebody has said how it ended.
 */
export async function change(task: Change): Promise<ChangeOutcome> {
  const { house, connection, options, asker } = task;
  const id = idOf(asker);
  const holder = holderOf(house, id);
  const books = new Bookkeeping({ ...task, id, holder });
  const stopping = new AbortController();
  const signal = options.signal === undefined ? stopping.signal : AbortSignal.any([options.signal, stopping.signal]);
  let trouble: string | undefined;
  const emit = (event: OperationEvent): void => {
    trouble = undefined;
    task.emit(event);
  };
  const report = (what: string, next?: string): void => {
    emit({ kind: 'retrying', why: next === undefined ? what : `${what} ${next}` });
    trouble = what;
  };
  const patience = patienceOf(house, options.deadline, { report, signal });
  const run = new Run({ ...task, emit, books, holder }, patiently(connection, patience), patience);
  let cancel: JournalEntry['cancel'];
  books.watch(
    (wanted) => {
      cancel = wanted;
      // What an earlier process has done is looked at first, so that it can be told what stands.
      if (!run.isBlind) stopping.abort();
    },
    () => run.hasWritten,
  );
  try {
    const outcome = await carriedOut(run);
    // Also of a change that is not proven: what is known of the pod is kept before anybody hears how it ended.
    await run.recorded();
    await books.unwatch();
    const { entry } = books;
    const isOpen = ['unfinished', 'refusal'].includes(outcome.kind) || (outcome.kind === 'failed' && !run.isBlind);
    // One that was told before this process took it up ends as one that is told now.
    const ending = cancel ?? entry?.cancel;
    const final =
      isOpen && ending !== undefined && entry !== undefined ? run.cancelled({ ...entry, cancel: ending }) : outcome;
    if (run.isBlind && isTrouble(final) && books.isWorthAnotherLook) {
      await books.leave(false);
      return run.failed(`${final.message} ${TRIED_AGAIN}`);
    }
    if (final.kind === 'done' && cancel !== undefined) {
      const note = `The wait was ended by ${cancel.by}; what is said to be done was seen by then.`;
      return await settled({ ...final, notes: [...final.notes, note] }, run, books, options);
    }
    const withTrouble = final.kind === 'unfinished' && trouble !== undefined ? { ...final, trouble } : final;
    const told = books.foretell(withTrouble, run.isOverdue);
    return await settled(cameToNothing(told, run) ? await books.decide(told) : told, run, books, options);
  } finally {
    await books.unwatch();
    await run.recorded();
  }
}

function isTrouble(outcome: ChangeOutcome): outcome is Failed | NotUnderstood {
  return outcome.kind === 'failed' || outcome.kind === 'notUnderstood';
}

function cameToNothing({ kind }: ChangeOutcome, { hasWritten }: Run): boolean {
  return !hasWritten && kind !== 'done' && kind !== 'unfinished' && kind !== 'cancelled';
}

/** The outcome of a run, also where the cluster or the time ended it. */
async function carriedOut(run: Run): Promise<ChangeOutcome> {
  try {
    return await run.untilDone();
  } catch (error) {
    if (error instanceof ClusterError || error instanceof CannotConnect || error instanceof LeaseTaken) {
      return run.interrupted(error) ?? run.failed(error.message);
    }
    throw error;
  }
}

/** Has the last word said, and then the entry closed: in this order, so that it is said at least once. */
async function settled(
  outcome: ChangeOutcome,
  run: Run,
  books: Bookkeeping,
  { reporter }: AdvanceOptions,
): Promise<ChangeOutcome> {
  try {
    await reporter?.ended?.(outcome, books.answered(outcome));
  } catch (error) {
    await books.leave(run.hasWritten);
    throw error;
  }
  if (outcome.kind === 'unfinished' && outcome.goesOn) await books.leave(run.hasWritten);
  else await books.close(outcome);
  return outcome;
}
