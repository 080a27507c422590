import { time } from '../text/words.ts';
import { type DrainRecord, drainRecordOn } from './marks.ts';
import { memberOf } from './membership.ts';
import type { Check, Operation, Refusal } from './plan.ts';
import { type Checker, checkInStages, checkRecord, refusal, type View, warning } from './safety.ts';
import type { Pod, Snapshot } from './snapshot.ts';

/** Runs before there is a view: without a record there is nothing to restore and nothing to extend. */
export const checkDrained: Checker = (view) => {
  const { pod, snapshot, operation } = view;
  const record = drainRecordOn(pod);
  if (record === undefined) {
    const state = memberOf(snapshot, pod)?.state;
    return (
      checkRecord(view) ||
      refusal('NotDrained', `${pod.name} is not drained${state ? `: it is ${state}` : ''}.`, 'list')
    );
  }
  if (record.service === snapshot.service.name) return undefined;
  const text = `${pod.name} was drained from ${record.service}, not ${snapshot.service.name}. Run ${operation.request.command} there.`;
  return refusal('DrainedFromAnother', text);
};

/** The record of the drain that the operation continues; without one, the refusal. */
export function recordOrRefusal(
  snapshot: Snapshot,
  operation: Operation,
  pod: View['pod'],
  before: readonly Checker[] = [],
): DrainRecord | Refusal {
  const checks = checkInStages({ snapshot, operation, pod, workload: undefined }, before, [checkDrained]);
  if ('kind' in checks) return checks;
  const record = drainRecordOn(pod);
  if (record === undefined) throw new Error(`${pod.name} has no drain record`);
  return record;
}

/** The right to edit pods is enough to write a record: of such a drain, only the record says by whom, why and from where. */
export const checkOrigin: Checker = ({ snapshot, pod }) =>
  snapshot.unknownDrains?.includes(pod.uid) &&
  warning(
    'DrainUnknown',
    `The journal has no drain that left the record on ${pod.name}: it was written by hand, or the journal was lost since.`,
    `inspect ${pod.name}`,
  );

/** A restore has put the labels back and waits for the surplus pod to go; another restore continues it. */
export const checkRestoring: Checker = ({ pod }) => {
  const restoring = drainRecordOn(pod)?.restoring;
  return restoring && restoringRefusal(pod, restoring);
};

export function restoringRefusal(pod: Pod, { by, at }: NonNullable<DrainRecord['restoring']>): Check {
  return refusal('BeingRestored', `${by} started to restore ${pod.name} at ${time(at)}.`, `restore ${pod.name}`);
}
