import { CannotConnect, ClusterError } from '../cluster/errors.ts';
import { LeaseTaken } from '../cluster/lease.ts';
import { patiently } from '../cluster/retry.ts';
import type { ChangeOutcome, OperationEvent } from '../outcome.ts';
import { patienceOf } from './house.ts';
import { type ChangeTask, Run } from './run.ts';

/**
 * Carries a change out: observe, plan, write, prove, again and again. Nothing is remembered between two looks but what
 * this run has written, so a run that dies is taken up by the next one where the cluster stands.
 */
export async function change(task: ChangeTask): Promise<ChangeOutcome> {
  const { house, options } = task;
  let trouble: string | undefined;
  const emit = (event: OperationEvent): void => {
    trouble = undefined;
    task.emit(event);
  };
  const report = (what: string, next?: string): void => {
    emit({ kind: 'retrying', why: next === undefined ? what : `${what} ${next}` });
    trouble = what;
  };
  const patience = patienceOf(house, options.deadline, {
    report,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  const run = new Run({ ...task, emit }, patiently(task.connection, patience), patience);
  try {
    const outcome = await run.untilDone();
    return outcome.kind === 'unfinished' && trouble !== undefined ? { ...outcome, trouble } : outcome;
  } catch (error) {
    if (error instanceof ClusterError || error instanceof CannotConnect || error instanceof LeaseTaken) {
      return run.interrupted(error) ?? run.failed(error.message);
    }
    throw error;
  } finally {
    await run.recorded();
  }
}
