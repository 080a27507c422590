import { takeBack, type Unlike, type WriteTime } from '../cluster/carry-out.ts';
import { recordEvents } from '../cluster/events.ts';
import type { JsonPod, KubeObject } from '../cluster/json.ts';
import { operationNamed } from '../operations/table.ts';
import type { Phase, Plan, Write } from '../rotation/plan.ts';
import type { PodRef, Snapshot } from '../rotation/snapshot.ts';
import { unlikeText } from '../rotation/trial.ts';
import { type Attempt, emit } from './attempt.ts';
import { keepEvidence } from './evidence.ts';
import { happeningOfPhase, happeningsOf } from './words.ts';

/**
 * A policy or webhook that a dry run has not shown has changed the write on its way. Takes the write back, because half of
 * it would leave marks on a pod that is still in rotation. False: that was not possible.
 */
export async function handleUnlike(attempt: Attempt, write: Write, unlike: Unlike, time: WriteTime): Promise<boolean> {
  const { writes, connection } = attempt;
  writes.unlike.set(write.key, unlikeText(write.target.name, unlike.differences));
  return write.kind === 'patch' && takeBack(connection, write, unlike.object, time);
}

/** Records the writes of an operation on the service. */
export function recordPhase(
  attempt: Attempt,
  { title, writes }: Phase,
  written: number,
  plan: Plan,
  { service }: Snapshot,
): void {
  const what = written === writes.length ? title : `${title} (${written} of ${writes.length} written)`;
  const event = happeningOfPhase(what, plan.operation, service, attempt.house.now());
  attempt.writes.records.push(recordEvents(attempt.connection, [event]));
}

/** Reports a write, records it for `kubectl describe`, and takes the evidence of its pod, which the answer has shown. */
export function noteWrite(
  attempt: Attempt,
  done: Write,
  { operation }: Plan,
  { service }: Snapshot,
  object: KubeObject | undefined,
): void {
  const { writes, house, connection } = attempt;
  const at = house.now();
  writes.done.push(done);
  writes.firstAt ??= at;
  writes.lastAt = at;
  emit(attempt, { kind: 'wrote', key: done.key, title: done.title });
  if (operation.subject.kind === 'pods')
    writes.records.push(recordEvents(connection, happeningsOf(done, operation, service, at)));
  // Beside the wait, before a failing liveness probe restarts the container.
  const { evidence } = operationNamed(operation.request.command);
  if (evidence === 'afterWrite' && done.target.kind === 'Pod')
    void keepEvidence(attempt, done.target as PodRef, object as JsonPod | undefined);
}
