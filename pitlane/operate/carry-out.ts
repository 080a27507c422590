import { carryOut as carryOutWrite, type WriteTime } from '../cluster/carry-out.ts';
import { CannotConnect, ClusterError, Unavailable } from '../cluster/errors.ts';
import {
  acquireLease,
  acquireUnchanged,
  type FreeLease,
  LeaseLost,
  LeaseTaken,
  readFreeLease,
} from '../cluster/lease.ts';
import { limited } from '../cluster/limited.ts';
import type { Observation } from '../cluster/observe.ts';
import { patiently } from '../cluster/retry.ts';
import { WholeLists } from '../cluster/whole-lists.ts';
import { operationNamed } from '../operations/table.ts';
import { type Phase, type Plan, podsIn, podsLeftOut, type Refusal, writesOf } from '../rotation/plan.ts';
import { progressOf } from '../rotation/proof.ts';
import type { Door } from './asker.ts';
import { type Attempt, emit, hasWritten, newAttempt, podsOf, retrying, type Task } from './attempt.ts';
import { evidenceKept, keepEvidenceOf } from './evidence.ts';
import { patienceOf, timeToPropose } from './house.ts';
import { look, lookFirst } from './look.ts';
import type { ChangeOutcome, Proposal } from './outcome.ts';
import { enter, entryIn, noteWrites, updateEntry, watchEntry } from './own-entry.ts';
import {
  isUnderWay,
  leaveOutOfFirst,
  planLeft,
  planRest,
  planRestTried,
  subjectLeft,
  withEvidence,
} from './plan-left.ts';
import { notUnderstood } from './problems.ts';
import {
  cancelled,
  close,
  done,
  failed,
  failedBy,
  hadNoEffect,
  interrupted,
  leave,
  recorded,
  settle,
  unconfirmed,
} from './report.ts';
import { isMetAsRequired, type Round, waitFor } from './wait.ts';
import { isConfirmed, needsConfirmation, outcomeOfKnown } from './words.ts';
import { handleUnlike, noteWrite, recordPhase } from './written.ts';

/** How often the plan may meet a changed cluster before the operation fails. */
const MOST_CONFLICTS = 5;

/** An observation that began longer ago is made again under the lease. */
const FRESH_MS = 2_000;

/** The time of a write that needs no lease. */
const WITHOUT_LEASE: WriteTime = { remainingMs: async () => 10_000 };

/**
 * Carries a change out, in these steps:
 *
 * 1. propose: observe the cluster and plan;
 * 2. confirm: the door decides about the plan, and may ask a person. Nothing is written and no lease is held until then;
 * 3. begin: enter the operation into the journal, and announce it;
 * 4. under the namespace's lease write the first phase of the plan, then wait for its milestones without the lease; observe,
 *    plan, write and wait again until nothing is left;
 * 5. report the outcome and close the entry.
 *
 * Every plan is made from the cluster and not from memory, so a later process continues where this one dies.
 */
export async function carryOut(task: Task): Promise<ChangeOutcome> {
  const attempt = newAttempt(task);
  const outcome = await attemptIt(attempt);
  // The plan that was confirmed has changed before the first write: ask again.
  if (outcome.kind !== 'proposal' || !attempt.hasBegun || task.door.decide === undefined) return outcome;
  const decision = await task.door.decide(outcome);
  return decision.kind === 'carryOut' ? carryOut({ ...task, confirmed: decision.confirmed }) : outcome;
}

async function attemptIt(attempt: Attempt): Promise<ChangeOutcome> {
  const { ownEntry } = attempt;
  const watching = watchEntry(attempt);
  let outcome: ChangeOutcome;
  try {
    outcome = await untilEnd(attempt);
  } finally {
    // Evidence is kept before the report, even if the change is not proven.
    await Promise.all([attempt.releasing, recorded(attempt), evidenceKept(attempt)]);
    ownEntry.watching.abort();
    attempt.lists.close();
    await Promise.all([watching, ownEntry.noting]);
  }
  return settle(attempt, outcome);
}

/** Errors of the cluster, and the end of the time, are outcomes too. */
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
  let conflicts = 0;
  for (let round = await firstRound(attempt); ; ) {
    switch (round.kind) {
      case 'ended':
        return round.outcome;
      case 'changed':
        conflicts += 1;
        if (conflicts > MOST_CONFLICTS)
          return failed(attempt, 'TooManyConflicts', `${round.why} That happened ${conflicts} times in a row.`);
        retrying(attempt, round.why, `Pitlane looks again (${conflicts} of ${MOST_CONFLICTS}).`);
        round = await underLease(attempt);
        break;
      case 'lookAgain':
        round = await underLease(attempt);
        break;
      case 'wait': {
        const { isLast, failure } = round;
        const waited = await waitFor(attempt, round);
        if (waited.kind === 'seen') {
          conflicts = 0;
          if (isLast && failure !== undefined) return failedBy(attempt, failure);
          if (isLast && attempt.plan !== undefined) return done(attempt, attempt.plan);
          round = await afterWait(attempt, waited.observation);
        } else round = waited;
      }
    }
  }
}

/** An observation without the lease, and its plan. */
interface First {
  readonly observation: Observation;
  readonly plan: Plan;
  /** The lease right before the observation. */
  readonly lease: FreeLease | undefined;
}

async function firstRound(attempt: Attempt): Promise<Round> {
  const { asker, house, request, service } = attempt;
  if (asker.resumes !== undefined) {
    const outcome = await takeOver(attempt);
    // An earlier process may still write: its operation is observed under the lease.
    return outcome === undefined ? underLease(attempt) : { kind: 'ended', outcome };
  }
  const { signal, deadline } = attempt.patience;
  const patience = patienceOf(house, timeToPropose(house, deadline), signal && { signal });
  const connection = patiently(attempt.plainConnection, patience);
  let lease: FreeLease | undefined;
  const seen = await lookFirst(
    { ...attempt, connection },
    attempt.lists,
    async (leases) => {
      lease = await readFreeLease(leases, service);
    },
    // The dry run of a pod's change does not wait for what rarely changes it. An error is met again by the plan itself.
    async (snapshot, subject) => {
      if (subject.kind !== 'pods') return;
      await planRestTried({ ...attempt, subject }, connection, snapshot).catch(() => {});
    },
  );
  if (seen.kind !== 'seen') return { kind: 'ended', outcome: seen };
  attempt.subject = seen.subject;
  attempt.ownEntry.kept = seen.kept;
  attempt.isResumed = seen.isResumed;
  const { observation } = seen;
  const proposed = await planRestTried(attempt, connection, observation.snapshot);
  if (proposed.kind !== 'plan') return { kind: 'ended', outcome: proposed };
  const rejected = await confirm(attempt, proposed);
  if (rejected !== undefined) return { kind: 'ended', outcome: rejected };
  const { isResumed } = seen;
  const plan = await begin(attempt, observation, proposed);
  if (plan.kind !== 'plan') return { kind: 'ended', outcome: plan };
  // Before the lease: long logs must not keep other operations waiting.
  if (operationNamed(request.command).evidence === 'beforeWrite')
    await keepEvidenceOf(attempt, podsIn(plan.operation.subject));
  return underLease(attempt, attempt.isResumed === isResumed ? { observation, plan, lease } : undefined);
}

/** Has the door decide about the plan. Returns the outcome if it is not to be carried out. */
async function confirm(attempt: Attempt, plan: Plan): Promise<ChangeOutcome | undefined> {
  const { door, confirmed } = attempt;
  if (confirmed !== undefined && isConfirmed(plan, confirmed) === 'confirmed') return undefined;
  const proposal: Proposal = { kind: 'proposal', plan, why: confirmed === undefined ? 'needsConfirmation' : 'changed' };
  const decision = await (door.decide ?? carryOutIfHarmless)(proposal);
  switch (decision.kind) {
    case 'carryOut': {
      attempt.confirmed = decision.confirmed;
      const why = isConfirmed(plan, decision.confirmed);
      return why === 'confirmed' ? undefined : { ...proposal, why };
    }
    case 'leave':
      return { ...proposal, why: decision.why ?? proposal.why };
    case 'refuse':
      return decision.outcome;
  }
}

const carryOutIfHarmless: NonNullable<Door['decide']> = async ({ plan }) => ({
  kind: needsConfirmation(plan) ? 'leave' : 'carryOut',
});

/** Takes over an operation of the journal that no process holds. Returns the outcome if it may not continue. */
async function takeOver(attempt: Attempt): Promise<ChangeOutcome | undefined> {
  const known = await enter(attempt);
  const entry = entryIn(attempt);
  if (known === 'new' || entry === undefined)
    return notUnderstood('OperationUnknown', 'The journal knows no such operation.', ['operations']);
  if (known !== 'left') return { kind: known === 'running' ? 'running' : 'repeated', entry };
  attempt.isResumed = true;
  attempt.subject = entry.subject;
  if (attempt.isUnconfirmed && entry.decided === undefined) return unconfirmed(entry);
  attempt.isTakenOver = entry.decided === undefined;
  return entry.decided && hadNoEffect(entry, entry.decided.message);
}

/**
 * Enters the operation into the journal and announces it. Returns the plan, with the place of the report in its marks, or
 * the outcome if it may not continue.
 */
async function begin(attempt: Attempt, { snapshot }: Observation, plan: Plan): Promise<Plan | ChangeOutcome> {
  const known = await enter(attempt, plan);
  const entry = entryIn(attempt);
  if (entry !== undefined && known !== 'new' && known !== 'left') return outcomeOfKnown(known, entry);
  if (entry?.decided !== undefined) return hadNoEffect(entry, entry.decided.message);
  if (entry?.cancel !== undefined) return cancelled(attempt, entry);
  attempt.hasBegun = true;
  if (entry !== undefined && known === 'left') {
    // Another delivery may have begun it, and left it, since the first observation.
    attempt.isResumed = true;
    attempt.subject = entry.subject;
  }
  const report = await announce(attempt, plan);
  if (report !== undefined) {
    attempt.asker = { ...attempt.asker, report };
    // The tick edits the report if this process can't.
    await updateEntry(attempt, { report });
  }
  emit(attempt, { kind: 'planned', plan });
  if (plan.hasBegun && operationNamed(attempt.request.command).evidence === 'afterWrite') {
    // An earlier process has written these, and may have died before it took the evidence.
    const others = new Set([...writesOf(plan).map(({ target }) => target), ...podsLeftOut(plan)].map(({ uid }) => uid));
    const written = podsOf(attempt).filter(({ uid }) => !others.has(uid));
    void keepEvidenceOf(attempt, written);
  }
  if (report === undefined && known === 'new') return plan;
  const marked = planRest(attempt, snapshot);
  return marked.kind === 'plan' ? marked : plan;
}

async function announce(attempt: Attempt, plan: Plan) {
  const { door, asker } = attempt;
  try {
    return await door.reporter?.begun?.(plan, entryIn(attempt)?.report);
  } catch (error) {
    // The work of an earlier process is left to the next one.
    if (asker.resumes === undefined)
      await close(attempt, failed(attempt, 'NotAnnounced', 'It could not be announced.'));
    else await leave(attempt);
    throw error;
  }
}

/**
 * Observes, plans and writes under the lease, which is held no longer than that. A first observation is not repeated if it
 * is fresh and no other operation has held the lease since.
 */
async function underLease(attempt: Attempt, first?: First): Promise<Round> {
  const { connection, patience, service, holder, house } = attempt;
  const claim = { namespace: service.namespace, identity: holder };
  await attempt.releasing;
  const isFresh = first?.lease !== undefined && house.now() - first.observation.snapshot.at <= FRESH_MS;
  const unchanged = isFresh ? await acquireUnchanged(connection, claim, first.lease, patience) : undefined;
  const lease = unchanged ?? (await acquireLease(connection, claim, patience));
  try {
    if (first === undefined || unchanged === undefined) return await lookAndWrite(attempt, lease);
    attempt.hasLooked = true;
    attempt.plan = first.plan;
    return await writePhases(attempt, lease, first.observation, first.plan);
  } catch (error) {
    if (error instanceof LeaseLost) return { kind: 'changed', why: error.message };
    throw error;
  } finally {
    // Beside the wait.
    attempt.releasing = lease.release();
  }
}

async function lookAndWrite(attempt: Attempt, lease: WriteTime): Promise<Round> {
  attempt.lists.close();
  attempt.lists = new WholeLists(attempt.house.now, attempt.patience.signal);
  const seen = await look(attempt, hasWritten(attempt) ? subjectLeft(attempt) : attempt.subject, attempt.lists);
  if (seen.kind !== 'seen') {
    const code = seen.kind === 'notUnderstood' ? seen.code : undefined;
    return { kind: 'ended', outcome: attempt.ownEntry.isOpen ? failed(attempt, code, seen.message) : seen };
  }
  const { observation } = seen;
  attempt.hasLooked = true;
  let plan = await planRestTried(attempt, attempt.connection, observation.snapshot);
  if (plan.kind === 'refusal') return refused(attempt, plan, observation);
  if (plan.kind === 'failed') return { kind: 'ended', outcome: plan };
  if (!isUnderWay(attempt, plan)) {
    attempt.plan = plan;
    const why = isConfirmed(plan, confirmedFor(attempt));
    if (why !== 'confirmed') return { kind: 'ended', outcome: { kind: 'proposal', plan, why } };
  }
  attempt.plan ??= plan;
  if (!attempt.hasBegun) {
    const begun = await begin(attempt, observation, plan);
    if (begun.kind !== 'plan') return { kind: 'ended', outcome: begun };
    plan = begun;
  }
  return writePhases(attempt, lease, observation, plan);
}

/** The confirmation of the process that began the operation, if it was taken over. */
function confirmedFor(attempt: Attempt): Task['confirmed'] {
  const { confirmed, request, asker, id } = attempt;
  const before = asker.resumes?.confirmed;
  return before === undefined ? confirmed : { id, request, fingerprint: before };
}

/**
 * A refusal may mean that nothing is left to do: another process with the same operation wrote last, or a write of this
 * process was applied late. Then the proof holds.
 */
function refused(attempt: Attempt, found: Refusal, observation: Observation): Round {
  const { plan, writes } = attempt;
  if (writes.done.length === 0 && !plan?.hasBegun) return { kind: 'ended', outcome: found };
  const phase = plan?.phases.at(-1);
  return phase !== undefined && isMetAsRequired(progressOf(phase.until, observation.snapshot))
    ? { kind: 'wait', phase, isLast: true, observation, isStale: false }
    : { kind: 'ended', outcome: failedBy(attempt, found.checks) };
}

/** Writes that need no lease are planned on the last observation of the wait. Others need a new one. */
async function afterWait(attempt: Attempt, observation: Observation): Promise<Round> {
  const plan = planLeft(attempt, observation.snapshot);
  const upcoming = plan.kind === 'plan' ? plan.phases.find(({ writes }) => writes.length > 0) : undefined;
  return plan.kind === 'plan' && upcoming?.lease !== 'namespace'
    ? writePhases(attempt, WITHOUT_LEASE, observation, plan)
    : underLease(attempt);
}

/** Carries out the first phase that has writes and whose milestones are not reached. */
async function writePhases(attempt: Attempt, time: WriteTime, observation: Observation, given: Plan): Promise<Round> {
  const plan = await withEvidence(attempt, given);
  if (plan.kind !== 'plan') return { kind: 'ended', outcome: plan };
  leaveOutOfFirst(attempt, plan);
  for (const [index, phase] of plan.phases.entries()) {
    const problem = await writeAll(attempt, phase, time, plan, observation);
    if (problem !== undefined) return problem;
    const isStale = phase.writes.length > 0;
    const isLast = index === plan.phases.length - 1;
    if (isLast || isStale || !isMetAsRequired(progressOf(phase.until, observation.snapshot)))
      return { kind: 'wait', phase, isLast, observation, isStale, failure: plan.failure };
  }
  return { kind: 'changed', why: 'The plan has no phases.' };
}

/** Carries the phase's writes out side by side. Undefined: all are applied. */
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
      const result = await carryOutWrite(connection, each, patience, time);
      if (result.kind === 'written') {
        const isTakenBack = result.unlike !== undefined && (await handleUnlike(attempt, each, result.unlike, time));
        if (!isTakenBack) noteWrite(attempt, each, plan, snapshot, result.object);
        if (result.unlike !== undefined) return { kind: 'unlike' as const };
      }
      if (result.kind === 'unknown') attempt.writes.uncertain.push(each);
      return result;
    } catch (error) {
      // Without an answer, also of the server behind a gateway (504), it may be applied after the last read.
      if (error instanceof Unavailable && (error.status ?? 504) === 504) attempt.writes.uncertain.push(each);
      return { kind: 'thrown' as const, error };
    }
  });
  const written = results.filter(({ kind }) => kind === 'written').length;
  if (plan.operation.subject.kind === 'service' && written > 0) recordPhase(attempt, phase, written, plan, snapshot);
  if (phase.lease === 'namespace' && results.some(({ kind }) => kind === 'written')) noteWrites(attempt);
  const thrown = results.find((result) => result.kind === 'thrown');
  if (thrown !== undefined) throw thrown.error;
  const unknown = results.find((result) => result.kind === 'unknown');
  if (unknown !== undefined) return { kind: 'ended', outcome: failed(attempt, 'WriteUnknown', unknown.why) };
  const changed = results.find((result) => result.kind === 'changedMeanwhile');
  if (changed !== undefined) return { kind: 'changed', why: changed.why };
  return results.some(({ kind }) => kind === 'unlike') ? { kind: 'lookAgain' } : undefined;
}
