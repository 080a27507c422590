import { type DrainRecord, readDrain } from './marks.ts';
import { memberOf } from './membership.ts';
import type { Check } from './plan.ts';
import { type Rule, recordIsReadable, refusal } from './safety.ts';
import type { Pod } from './snapshot.ts';
import { time } from './words.ts';

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

/** A restore has put the labels back and waits for the surplus pod to go; to ask for it again goes on with it. */
export const isNotBeingRestored: Rule = ({ pod }) => {
  const drain = readDrain(pod);
  const restoring = drain.kind === 'record' ? drain.record.restoring : undefined;
  return restoring && beingRestored(pod, restoring);
};

export function beingRestored(pod: Pod, { by, at }: NonNullable<DrainRecord['restoring']>): Check {
  return refusal('BeingRestored', `${pod.name} is being restored by ${by} since ${time(at)}.`, `restore ${pod.name}`);
}
