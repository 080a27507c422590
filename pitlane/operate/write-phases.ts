import { type WriteTime, carryOut as write } from '../cluster/carry-out.ts';
import { recordEvents } from '../cluster/events.ts';
import { limited } from '../cluster/limited.ts';
import type { Observation } from '../cluster/observe.ts';
import { operationNamed } from '../operations/table.ts';
import type { Phase, Plan, Write } from '../rotation/plan.ts';
import { progressOf } from '../rotation/proof.ts';
import type { PodRef, Snapshot } from '../rotation/snapshot.ts';
import { type Attempt, emit } from './attempt.ts';
import { failed, failedBy } from './endings.ts';
import { keepEvidence } from './evidence-kept.ts';
import { leaveOutOfFirst, withEvidence } from './leave-out.ts';
import { noteWrites } from './own-entry.ts';
import { isMetAsRequired } from './prove.ts';
import type { Round } from './round.ts';
import { happeningsOf } from './words.ts';

/** Carries out the first phase that has writes and whose turn it is. */
export async function writePhases(
  attempt: Attempt,
  time: WriteTime,
  observation: Observation,
  given: Plan,
): Promise<Round> {
  const kept = await withEvidence(attempt, given);
  if (kept.kind === 'nothing') return { kind: 'ended', outcome: failedBy(attempt, kept.checks) };
  const { plan } = kept;
  leaveOutOfFirst(attempt, plan, observation.snapshot);
  for (const [index, phase] of plan.phases.entries()) {
    const problem = await writeAll(attempt, phase, time, plan, observation);
    if (problem !== undefined) return problem;
    const isStale = phase.writes.length > 0;
    const isLast = index === plan.phases.length - 1;
    if (isLast || isStale || !isMetAsRequired(progressOf(phase.until, observation.snapshot)))
      return { kind: 'wait', phase, isLast, observation, isStale };
  }
  return { kind: 'changed', why: 'The plan has no phases.' };
}

/** Carries the writes out side by side. Undefined: all of them stand. */
async function writeAll(
  attempt: Attempt,
  phase: Phase,
  time: WriteTime,
  plan: Plan,
  { snapshot }: Observation,
): Promise<Round | undefined> {
  const { connection, patience } = attempt;
  const results = await limited(phase.writes, async (each) => {
    try {
      const result = await write(connection, each, patience, time);
      if (result.kind === 'written') note(attempt, each, plan, snapshot);
      if (result.kind === 'unknown') attempt.writes.uncertain.push(each);
      return result;
    } catch (error) {
      return { kind: 'thrown' as const, error };
    }
  });
  if (phase.lease === 'service' && results.some(({ kind }) => kind === 'written')) noteWrites(attempt);
  const thrown = results.find((result) => result.kind === 'thrown');
  if (thrown !== undefined) throw thrown.error;
  const unknown = results.find((result) => result.kind === 'unknown');
  if (unknown !== undefined) return { kind: 'ended', outcome: failed(attempt, 'WriteUnknown', unknown.why) };
  const changed = results.find((result) => result.kind === 'changedMeanwhile');
  return changed && { kind: 'changed', why: changed.why };
}

/** Tells of a write, records it for `kubectl describe`, and takes the evidence of its pod. */
function note(attempt: Attempt, done: Write, { operation }: Plan, { service }: Snapshot): void {
  const { writes, house, connection } = attempt;
  const at = house.now();
  writes.done.push(done);
  writes.firstAt ??= at;
  writes.lastAt = at;
  emit(attempt, { kind: 'wrote', title: done.title });
  writes.records.push(recordEvents(connection, happeningsOf(done, operation, service, at)));
  // Before a liveness probe destroys it, and beside the wait.
  const { evidence } = operationNamed(operation.request.command);
  if (evidence === 'afterWrite' && done.target.kind === 'Pod') void keepEvidence(attempt, done.target as PodRef);
}
