import { time } from '../text/words.ts';
import { type DrainRecord, readDrain } from './marks.ts';
import { memberOf } from './membership.ts';
import type { Check, Operation, Refusal } from './plan.ts';
import { check, type Rule, recordIsReadable, refusal, refusalOf, type View } from './safety.ts';
import type { Pod, Snapshot } from './snapshot.ts';

/** Looked at before there is a view: without a record there is nothing to restore from, and nothing to extend. */
export const isDrained: Rule = (view) => {
  const { pod, snapshot, operation } = view;
  const drain = readDrain(pod);
  if (drain.kind !== 'record') {
    const unreadable = recordIsReadable(view);
    if (unreadable) return unreadable;
    const state = memberOf(snapshot, pod)?.state;
    return refusal('NotDrained', `${pod.name} is not drained${state ? `: it is ${state}` : ''}.`, 'list');
  }
  const { service } = drain.record;
  return service === snapshot.service.name
    ? undefined
    : refusal(
        'DrainedFromAnother',
        `${pod.name} was drained from ${service}, not from ${snapshot.service.name}: ${operation.request.command} it there.`,
      );
};

/** The record of the drain that the operation goes on from; without one, why it can't. */
export function drainOf(
  snapshot: Snapshot,
  operation: Operation,
  pod: View['pod'],
): { readonly kind: 'record'; readonly record: DrainRecord } | Refusal {
  const checks = check([isDrained], { snapshot, operation, pod, workload: undefined });
  const drain = readDrain(pod);
  if (checks.length === 0 && drain.kind === 'record') return drain;
  return refusalOf(operation, checks) ?? { kind: 'refusal', operation, checks, isForceable: false };
}

/** A restore has put the labels back and waits for the surplus pod to go; to ask for it again goes on with it. */
export const isNotBeingRestored: Rule = ({ pod }) => {
  const drain = readDrain(pod);
  const restoring = drain.kind === 'record' ? drain.record.restoring : undefined;
  return restoring && beingRestored(pod, restoring);
};

export function beingRestored(pod: Pod, { by, at }: NonNullable<DrainRecord['restoring']>): Check {
  return refusal('BeingRestored', `${pod.name} is being restored by ${by} since ${time(at)}.`, `restore ${pod.name}`);
}
