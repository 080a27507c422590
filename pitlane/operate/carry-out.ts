import type { WriteTime } from '../cluster/carry-out.ts';
import { CannotConnect, ClusterError } from '../cluster/errors.ts';
import { acquireLease, LeaseLost, LeaseTaken } from '../cluster/lease.ts';
import type { Observation } from '../cluster/observe.ts';
import { planOf } from '../operations/planners.ts';
import { operationNamed } from '../operations/table.ts';
import { type Plan, podsIn, type Refusal, writesOf } from '../rotation/plan.ts';
import { progressOf } from '../rotation/proof.ts';
import type { Snapshot } from '../rotation/snapshot.ts';
import { type Attempt, emit, newAttempt, podsLeftOut, podsOf, retrying, type Task } from './attempt.ts';
import { begin, takeOver } from './begin.ts';
import { done, failed, failedBy, interrupted, recorded } from './endings.ts';
import { evidenceKept, keepEvidenceOf } from './evidence-kept.ts';
import { operationOf } from './house.ts';
import { type Rest, withoutLeftOut, withoutNewWarnings } from './leave-out.ts';
import { look } from './look.ts';
import type { ChangeOutcome } from './outcome.ts';
import { entryIn, unwatchEntry, watchEntry } from './own-entry.ts';
import { isMetAsRequired } from './prove.ts';
import type { Round } from './round.ts';
import { settle } from './settle.ts';
import { waitFor } from './wait.ts';
import { isConfirmed } from './words.ts';
import { writePhases } from './write-phases.ts';

/** How often the plan may meet a changed cluster before the operation fails. */
const MOST_CONFLICTS = 5;

/** How long a write that needs no lease may take. */
const WITHOUT_LEASE: WriteTime = { remainingMs: async () => 10_000 };

/**
 * Carries a change out: observe, plan, write, wait, again and again. Nothing is remembered between two looks but what this
 * attempt has written, so where it dies the next process continues from the cluster as it stands. The journal has the
 * operation from before the first write until people were told how it ended.
 */
export async function carryOut(task: Task): Promise<ChangeOutcome> {
  const attempt = newAttempt(task);
  watchEntry(attempt, (cancel) => {
    attempt.ownEntry.cancel = cancel;
    // What an earlier process has done is looked at first, so that people can be told what stands.
    if (!attempt.isTakenOver || attempt.hasLooked) attempt.stopping.abort();
  });
  try {
    const outcome = await untilEnd(attempt);
    // The evidence is kept before people hear how it ended, also where the change is not proven.
    await everythingKept(attempt);
    await unwatchEntry(attempt);
    return await settle(attempt, outcome);
  } finally {
    await unwatchEntry(attempt);
    await everythingKept(attempt);
  }
}

async function everythingKept(attempt: Attempt): Promise<void> {
  await Promise.all([recorded(attempt), evidenceKept(attempt)]);
}

/** How the attempt ended, also where the cluster or the time ended it. */
async function untilEnd(attempt: Attempt): Promise<ChangeOutcome> {
  try {
    return await rounds(attempt);
  } catch (error) {
    if (error instanceof ClusterError || error instanceof CannotConnect || error instanceof LeaseTaken)
      return interrupted(attempt, error) ?? failed(attempt, error.name, error.message);
    throw error;
  }
}

async function rounds(attempt: Attempt): Promise<ChangeOutcome> {
  const { proposed, asker, request } = attempt;
  const ended = asker.resumes === undefined ? undefined : await takeOver(attempt);
  const refused = ended ?? (proposed && (await begin(attempt, proposed)));
  if (refused !== undefined) return refused;
  // Before it is its turn: long logs keep no other operation waiting.
  if (proposed && operationNamed(request.command).evidence === 'beforeWrite')
    await keepEvidenceOf(attempt, podsIn(proposed.operation.subject));
  let conflicts = 0;
  for (let round = await lookAndWrite(attempt); ; ) {
    switch (round.kind) {
      case 'ended':
        return round.outcome;
      case 'changed':
        conflicts += 1;
        if (conflicts > MOST_CONFLICTS)
          return failed(attempt, 'TooManyConflicts', `${round.why} Gave up after ${conflicts} conflicts in a row.`);
        retrying(attempt, round.why, `Retrying (${conflicts} of ${MOST_CONFLICTS}).`);
        round = await lookAndWrite(attempt);
        break;
      case 'lookAgain':
        round = await lookAndWrite(attempt);
        break;
      case 'wait': {
        const { isLast } = round;
        const waited = await waitFor(attempt, round);
        if (waited.kind === 'seen') {
          conflicts = 0;
          if (isLast && attempt.plan !== undefined) return done(attempt, attempt.plan);
          round = await next(attempt, waited.observation);
        } else round = waited;
      }
    }
  }
}

/** Holds the lease from the look to the last write, and never longer. */
async function lookAndWrite(attempt: Attempt): Promise<Round> {
  const { namespace, service } = attempt.service;
  const claim = { namespace, service, identity: attempt.holder };
  const lease = await acquireLease(attempt.connection, claim, attempt.patience);
  try {
    return await planAndWrite(attempt, lease);
  } catch (error) {
    if (error instanceof LeaseLost) return { kind: 'changed', why: error.message };
    throw error;
  } finally {
    await lease.release();
  }
}

/** After a wait. Writes that need no lease are planned on the cluster as the wait has left it, without another look. */
async function next(attempt: Attempt, observation: Observation): Promise<Round> {
  const plan = planOn(attempt, observation.snapshot);
  const upcoming = plan?.kind === 'plan' ? plan.phases.find(({ writes }) => writes.length > 0) : undefined;
  return plan?.kind === 'plan' && upcoming?.lease !== 'service'
    ? writePhases(attempt, WITHOUT_LEASE, observation, plan)
    : lookAndWrite(attempt);
}

function planOn({ house, request, asker, subject }: Attempt, snapshot: Snapshot): Plan | Refusal | undefined {
  return subject && planOf(snapshot, operationOf(house, request, subject, asker));
}

async function planAndWrite(attempt: Attempt, lease: WriteTime): Promise<Round> {
  const { house, connection, service, request, asker, subject } = attempt;
  const seen = await look(house, connection, service, request, asker, subject);
  if (seen.kind !== 'look') {
    const isBegun = entryIn(attempt) !== undefined;
    const code = seen.kind === 'notUnderstood' ? seen.code : undefined;
    return { kind: 'ended', outcome: isBegun ? failed(attempt, code, seen.message) : seen };
  }
  const { observation, result } = seen;
  attempt.hasLooked = true;
  attempt.subject = result.operation.subject;
  if (result.kind === 'refusal') return refused(attempt, result, observation);
  const isFirst = attempt.plan === undefined;
  const found = restOf(attempt, result);
  if (found.kind === 'nothing') return { kind: 'ended', outcome: failedBy(attempt, found.checks) };
  const { plan } = found;
  if (isUnderWay(attempt, plan))
    return isFirst ? start(attempt, lease, observation, plan) : writePhases(attempt, lease, observation, plan);
  attempt.plan = plan;
  const why = isConfirmed(plan, confirmedFor(attempt));
  if (why !== 'confirmed') return { kind: 'ended', outcome: { kind: 'proposal', plan, why } };
  return isFirst ? start(attempt, lease, observation, plan) : writePhases(attempt, lease, observation, plan);
}

/** What may still be done, as people have confirmed it. */
function restOf(attempt: Attempt, result: Plan): Rest {
  const found = withoutLeftOut(attempt, result);
  return found.kind === 'plan' && isUnderWay(attempt, found.plan) ? withoutNewWarnings(attempt, found.plan) : found;
}

/** Something is written: the plan that was confirmed is not to be had again, and what is left of it may go on. */
function isUnderWay(attempt: Attempt, plan: Plan): boolean {
  const isContinued = attempt.plan === undefined && attempt.isTakenOver;
  const wasWritten = plan.hasBegun || (entryIn(attempt)?.written ?? []).length > 0;
  return attempt.writes.done.length > 0 || (isContinued && wasWritten);
}

/** An operation that is resumed keeps to the plan that was confirmed then. */
function confirmedFor(attempt: Attempt): Task['confirmed'] {
  const entry = entryIn(attempt);
  if (attempt.asker.resumes === undefined || entry?.confirmed === undefined) return attempt.confirmed;
  return { id: entry.id, request: attempt.request, fingerprint: entry.confirmed };
}

async function start(attempt: Attempt, lease: WriteTime, observation: Observation, plan: Plan): Promise<Round> {
  attempt.plan = plan;
  const ended = await begin(attempt, plan);
  if (ended !== undefined) return { kind: 'ended', outcome: ended };
  emit(attempt, { kind: 'planned', plan });
  if (plan.hasBegun && operationNamed(attempt.request.command).evidence === 'afterWrite') {
    // An earlier process has written these, and may have died before it took the evidence.
    const others = new Set([...writesOf(plan).map(({ target }) => target), ...podsLeftOut(plan)].map(({ uid }) => uid));
    void keepEvidenceOf(
      attempt,
      podsOf(attempt).filter(({ uid }) => !others.has(uid)),
    );
  }
  // The marks name the place of the report, which may stand only since.
  const again = planOn(attempt, observation.snapshot);
  const found = again?.kind === 'plan' ? restOf(attempt, again) : undefined;
  return writePhases(attempt, lease, observation, found?.kind === 'plan' ? found.plan : plan);
}

/**
 * Nothing is left to do where the proof holds: another process with the same operation may have written last, or a write
 * of our own came late.
 */
function refused(attempt: Attempt, found: Refusal, observation: Observation): Round {
  const { plan, writes } = attempt;
  if (writes.done.length === 0 && !plan?.hasBegun) return { kind: 'ended', outcome: found };
  const phase = plan?.phases.at(-1);
  return phase !== undefined && isMetAsRequired(progressOf(phase.until, observation.snapshot))
    ? { kind: 'wait', phase, isLast: true, observation, isStale: false }
    : { kind: 'ended', outcome: failedBy(attempt, found.checks) };
}
