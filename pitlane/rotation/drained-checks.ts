import { time } from '../text/words.ts';
import { type DrainRecord, readDrain } from './marks.ts';
import { memberOf } from './membership.ts';
import type { Check, Operation, Refusal } from './plan.ts';
import { type Checker, checkInStages, checkRecord, refusal, type View } from './safety.ts';
import type { Pod, Snapshot } from './snapshot.ts';

/** Runs before there is a view: without a record there is nothing to restore and nothing to extend. */
export const checkDrained: Checker = (view) => {
  const { pod, snapshot, operation } = view;
  const drain = readDrain(pod);
  if (drain.kind !== 'record') {
    const unreadable = checkRecord(view);
    if (unreadable) return unreadable;
    const state = memberOf(snapshot, pod)?.state;
    return refusal('NotDrained', `${pod.name} is not drained${state ? `: it is ${state}` : ''}.`, 'list');
  }
  const { service } = drain.record;
  return service === snapshot.service.name
    ? undefined
    : refusal(
        'DrainedFromAnother',
        `${pod.name} was drained from ${service}, not ${snapshot.service.name}. Run ${operation.request.command} there.`,
      );
};

/** The record of the drain that the operation continues; without one, the refusal. */
export function drainRecordOf(
  snapshot: Snapshot,
  operation: Operation,
  pod: View['pod'],
): { readonly kind: 'record'; readonly record: DrainRecord } | Refusal {
  const checks = checkInStages({ snapshot, operation, pod, workload: undefined }, [checkDrained]);
  const drain = readDrain(pod);
  if ('kind' in checks) return checks;
  if (drain.kind !== 'record') throw new Error(`${pod.name} has no drain record`);
  return drain;
}

/** A restore has put the labels back and waits for the surplus pod to go; another restore continues it. */
export const checkRestoring: Checker = ({ pod }) => {
  const drain = readDrain(pod);
  const restoring = drain.kind === 'record' ? drain.record.restoring : undefined;
  return restoring && restoringRefusal(pod, restoring);
};

export function restoringRefusal(pod: Pod, { by, at }: NonNullable<DrainRecord['restoring']>): Check {
  return refusal('BeingRestored', `${by} started to restore ${pod.name} at ${time(at)}.`, `restore ${pod.name}`);
}
