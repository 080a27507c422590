import { CannotConnect, ClusterError } from '../cluster/errors.ts';
import { LeaseTaken } from '../cluster/lease.ts';
import { patiently } from '../cluster/retry.ts';
import type { ChangeOutcome } from '../outcome.ts';
import { patienceOf } from './house.ts';
import { type ChangeTask, Run } from './run.ts';

/**
 * Carries a change out: observe, plan, write, prove, again and again. Nothing is remembered between two looks but what
 * this run has written, so a run that dies is taken up by the next one where the cluster stands.
 */
export async function change(task: ChangeTask): Promise<ChangeOutcome> {
  const { house, emit, options } = task;
  const report = (why: string): void => emit({ kind: 'retrying', why });
  const patience = patienceOf(house, options.deadline, {
    report,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  const run = new Run(task, patiently(task.connection, patience), patience);
  try {
    return await run.untilDone();
  } catch (error) {
    if (error instanceof ClusterError || error instanceof CannotConnect || error instanceof LeaseTaken) {
      return run.interrupted(error) ?? run.failed(error.message);
    }
    throw error;
  } finally {
    await run.recorded();
  }
}
