import { list, pairs } from '../text/words.ts';
import { makePlan } from './make-plan.ts';
import { labelsPutBack } from './membership.ts';
import { type MetadataChange, podPatch } from './patch.ts';
import { milestone, type Operation, type Plan, refOf } from './plan.ts';
import { refusal } from './safety.ts';
import type { Snapshot, TargetPod } from './snapshot.ts';

/**
 * The plan for a pod whose labels another client has put back since the operation removed them: it is in rotation, so its
 * marks would be false, and the operation has failed. Undefined: the labels are still off.
 */
export function planTakingBack(
  snapshot: Snapshot,
  operation: Operation,
  pod: TargetPod,
  marks: MetadataChange,
): Plan | undefined {
  const back = pairs(labelsPutBack(snapshot, pod, operation.id));
  if (back.length === 0) return undefined;
  const labels = `${list(back)} ${back.length === 1 ? 'is' : 'are'}`;
  const title = `remove the marks from ${pod.name}`;
  const write = { ...podPatch('take back', title, snapshot, pod, marks), takesBack: true as const };
  const until = [milestone({ kind: 'unmarked', pod: refOf(pod) }, `${pod.name} has no marks`, 30)];
  const why = `${labels} on ${pod.name} again: a controller, a policy or another client has put ${back.length === 1 ? 'it' : 'them'} back.`;
  const failure = [refusal('LabelPutBack', why)];
  return makePlan(operation, { phases: [{ title, writes: [write], until }], hasBegun: true, failure });
}
