import { type WriteTime, carryOut as write } from '../cluster/carry-out.ts';
import { CannotConnect, ClusterError } from '../cluster/errors.ts';
import { recordEvents } from '../cluster/events.ts';
import { acquireLease, LeaseLost, LeaseTaken } from '../cluster/lease.ts';
import { limited } from '../cluster/limited.ts';
import type { Observation } from '../cluster/observe.ts';
import { planOf } from '../operations/planners.ts';
import { operationNamed } from '../operations/table.ts';
import { leaveOut } from '../rotation/leave-out.ts';
import {
  type Check,
  type Phase,
  type Plan,
  podsIn,
  proofOf,
  type Refusal,
  type Write,
  writesOf,
} from '../rotation/plan.ts';
import { progressOf } from '../rotation/proof.ts';
import { refusal } from '../rotation/safety.ts';
import type { PodRef, Snapshot } from '../rotation/snapshot.ts';
import { type Attempt, emit, newAttempt, podsOf, retrying, type Task } from './attempt.ts';
import { begin, takeOver } from './begin.ts';
import { entryIn, noteWrites, unwatchJournal, watchJournal } from './books.ts';
import { done, failed, interrupted, recorded, takenBack, unfinished } from './endings.ts';
import { evidenceKept, keepEvidence, keepEvidenceOf } from './evidence-kept.ts';
import { operationOf } from './house.ts';
import { look } from './look.ts';
import type { ChangeOutcome } from './outcome.ts';
import { expectProof, lookAtProof } from './progress.ts';
import { isMetAsRequired, prove } from './prove.ts';
import { settle } from './settle.ts';
import { happeningsOf, isConfirmed, refusalText } from './words.ts';

/** How often the plan may meet a changed cluster before pitlane gives up. */
const MOST_CONFLICTS = 5;

/** How long a write that needs no lease may take. */
const WITHOUT_LEASE: WriteTime = { remainingMs: async () => 10_000 };

/** What a look and the writes after it came to. */
type Round =
  | { readonly kind: 'ended'; readonly outcome: ChangeOutcome }
  /** The cluster is not as it was seen: look again. */
  | { readonly kind: 'changed'; readonly why: string }
  /** Nothing more can be written before the phase's conditions hold. */
  | {
      readonly kind: 'wait';
      readonly phase: Phase;
      readonly isLast: boolean;
      readonly observation: Observation;
      /** Something was written since: the observation says nothing of what comes after. */
      readonly isStale: boolean;
    };

/**
 * Carries a change out: observe, plan, write, wait, again and again. Nothing is remembered between two looks but what this
 * attempt has written, so where it dies the next process continues from the cluster as it stands. The journal knows of it
 * from before the first write until people were told how it ended.
 */
export async function carryOut(task: Task): Promise<ChangeOutcome> {
  const attempt = newAttempt(task);
  watchJournal(attempt, (cancel) => {
    attempt.books.cancel = cancel;
    // What an earlier process has done is looked at first, so that people can be told what stands.
    if (!attempt.isTakenOver || attempt.hasLooked) attempt.stopping.abort();
  });
  try {
    const outcome = await untilEnd(attempt);
    // What is known of the pods is kept before people hear how it ended, also where it is not proven.
    await everythingKept(attempt);
    await unwatchJournal(attempt);
    return await settle(attempt, outcome);
  } finally {
    await unwatchJournal(attempt);
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
      return interrupted(attempt, error) ?? failed(attempt, error.message);
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
  let round = await lookAndWrite(attempt);
  for (let conflicts = 0; ; ) {
    switch (round.kind) {
      case 'ended':
        return round.outcome;
      case 'changed':
        conflicts += 1;
        if (conflicts > MOST_CONFLICTS)
          return failed(attempt, `${round.why} That happened ${conflicts} times in a row.`);
        retrying(attempt, round.why, `Pitlane looks again (${conflicts} of ${MOST_CONFLICTS}).`);
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

/** What is left after a wait. What needs no lease is planned on the cluster as the wait has left it, without another look. */
async function next(attempt: Attempt, observation: Observation): Promise<Round> {
  const plan = planOn(attempt, observation.snapshot);
  if (plan?.kind !== 'plan') return lookAndWrite(attempt);
  const isTidying = plan.phases.every(({ writes, lease }) => writes.length === 0 || lease === 'none');
  return isTidying ? writePhases(attempt, WITHOUT_LEASE, observation, plan) : lookAndWrite(attempt);
}

function planOn({ house, request, asker, subject }: Attempt, snapshot: Snapshot): Plan | Refusal | undefined {
  return subject && planOf(snapshot, operationOf(house, request, subject, asker));
}

async function planAndWrite(attempt: Attempt, lease: WriteTime): Promise<Round> {
  const { house, connection, service, request, asker, subject } = attempt;
  const seen = await look(house, connection, service, request, asker, subject);
  if (seen.kind !== 'look')
    return { kind: 'ended', outcome: entryIn(attempt) === undefined ? seen : failed(attempt, seen.message) };
  const { observation, result } = seen;
  attempt.hasLooked = true;
  attempt.subject = result.operation.subject;
  if (result.kind === 'refusal') return refused(attempt, result, observation);
  const plan = withoutTakenBack(attempt, result);
  if (plan === undefined) return { kind: 'ended', outcome: failed(attempt, takenBack(attempt.id, result)) };
  const isFirst = attempt.plan === undefined;
  if (attempt.writes.done.length > 0 || (isFirst && plan.hasBegun && attempt.isTakenOver)) {
    const known = withoutNewWarnings(attempt, plan);
    if (known === undefined) return { kind: 'ended', outcome: failed(attempt, warningsOf(plan)) };
    if (isFirst) return start(attempt, lease, observation, known);
    leaveOutOfPlan(attempt, known);
    return writePhases(attempt, lease, observation, known);
  }
  attempt.plan = plan;
  const why = isConfirmed(plan, confirmedFor(attempt));
  if (why !== 'confirmed') return { kind: 'ended', outcome: { kind: 'proposal', plan, why } };
  return isFirst ? start(attempt, lease, observation, plan) : writePhases(attempt, lease, observation, plan);
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
    // An earlier process has written it, and may have died before it took the evidence.
    const pending = new Set(writesOf(plan).map(({ target }) => target.uid));
    void keepEvidenceOf(
      attempt,
      podsOf(attempt).filter(({ uid }) => !pending.has(uid)),
    );
  }
  // The marks name the place of the report, which may stand only since.
  const again = planOn(attempt, observation.snapshot);
  const found = again?.kind === 'plan' ? withoutTakenBack(attempt, again) : undefined;
  return writePhases(attempt, lease, observation, (found && withoutNewWarnings(attempt, found)) ?? plan);
}

/** Whatever was taken back by hand is not written again. Undefined: nothing is left. */
function withoutTakenBack(attempt: Attempt, plan: Plan): Plan | undefined {
  const written = new Set([...(entryIn(attempt)?.written ?? []), ...attempt.writes.done.map(({ key }) => key)]);
  const again = writesOf(plan).filter(({ key }) => written.has(key));
  const found = again.map(({ target }) => ({
    pod: target,
    check: refusal('TakenBack', `What was written on ${target.name} was taken back by hand: it is not written again.`),
  }));
  return leaveOut(plan, found);
}

/** Pods whose plan has a warning that was not confirmed, and that are not written yet, are left out. */
function withoutNewWarnings(attempt: Attempt, plan: Plan): Plan | undefined {
  const accepted = acceptedBy(attempt);
  if (accepted === 'any' || podsIn(plan.operation.subject).length < 2) return plan;
  const pending = new Map(writesOf(plan).map(({ target }) => [target.name, target]));
  const found = plan.checks.flatMap((check) => {
    const pod = check.level === 'warning' && !accepted.has(check.code) ? pending.get(check.pod ?? '') : undefined;
    return pod === undefined ? [] : { pod, check };
  });
  return leaveOut(plan, found);
}

function acceptedBy(attempt: Attempt): ReadonlySet<string> | 'any' {
  if (attempt.confirmed === 'any') return 'any';
  const accepted = entryIn(attempt)?.accepted ?? [];
  const shown = attempt.plan?.checks.filter(({ level }) => level === 'warning').map(({ code }) => code) ?? [];
  return new Set([...accepted, ...shown]);
}

function warningsOf({ checks }: Plan): string {
  return checks
    .filter(({ level }) => level === 'warning')
    .map(({ message }) => message)
    .join(' ');
}

/** What a later plan leaves out, the first one does no more. */
function leaveOutOfPlan(attempt: Attempt, later: Plan): void {
  const { plan } = attempt;
  if (plan === undefined) return;
  const known = new Set(plan.checks.filter(({ level }) => level === 'leftOut').map(({ pod }) => pod));
  const found = later.checks.flatMap((check: Check) => {
    const pod = podsOf(attempt).find(({ name }) => name === check.pod);
    return check.level === 'leftOut' && pod !== undefined && !known.has(pod.name) ? { pod, check } : [];
  });
  attempt.plan = leaveOut(plan, found) ?? plan;
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
    : { kind: 'ended', outcome: failed(attempt, refusalText(found.checks)) };
}

async function writePhases(attempt: Attempt, time: WriteTime, observation: Observation, given: Plan): Promise<Round> {
  const kept = await withEvidence(attempt, given);
  if (typeof kept === 'string') return { kind: 'ended', outcome: failed(attempt, kept) };
  let isStale = false;
  for (const [index, phase] of kept.phases.entries()) {
    if (phase.writes.length > 0) {
      const problem = await writeAll(attempt, phase, time, kept, observation);
      if (problem !== undefined) return problem;
      isStale = true;
    }
    const isLast = index === kept.phases.length - 1;
    if (isLast || isStale || !isMetAsRequired(progressOf(phase.until, observation.snapshot)))
      return { kind: 'wait', phase, isLast, observation, isStale };
  }
  return { kind: 'changed', why: 'The plan has no phases.' };
}

/** Without the pods whose evidence could not be kept, where they are to be deleted; why, where none is left. */
async function withEvidence(attempt: Attempt, plan: Plan): Promise<Plan | string> {
  const { request } = attempt;
  const pods = writesOf(plan).flatMap(({ kind, target }) => (kind === 'delete' ? target : []));
  if (operationNamed(request.command).evidence !== 'beforeWrite' || pods.length === 0) return plan;
  const whys = await keepEvidenceOf(attempt, pods);
  if (request.force) return plan;
  const found = pods.flatMap((pod, index) => {
    const why = whys[index];
    const message = `The evidence of ${pod.name} could not be kept, so nothing was deleted; an admin may say --force. ${why}`;
    return why === undefined ? [] : { pod, check: refusal('EvidenceNotKept', message) };
  });
  const left = leaveOut(plan, found);
  if (left === undefined) return found.map(({ check }) => check.message).join(' ');
  leaveOutOfPlan(attempt, left);
  return left;
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
  if (unknown !== undefined) return { kind: 'ended', outcome: failed(attempt, unknown.why) };
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

/** Waits for the phase's conditions, until they hold or the attempt has ended otherwise. */
async function waitFor(
  attempt: Attempt,
  { phase, observation, isStale }: Extract<Round, { kind: 'wait' }>,
): Promise<{ readonly kind: 'seen'; readonly observation: Observation } | Exclude<Round, { kind: 'wait' }>> {
  const { plan, subject, writes, connection, patience } = attempt;
  if (plan === undefined || subject === undefined) return { kind: 'seen', observation };
  const since = writes.lastAt ?? observation.snapshot.at;
  expectProof(attempt, proofOf(plan), observation.snapshot, isStale);
  const onLook = (snapshot: Snapshot): void => lookAtProof(attempt, proofOf(plan), snapshot);
  const waiting = { milestones: phase.until, subject, since, isStale, onLook };
  const { kind, progress, observation: last } = await prove(connection, observation, waiting, patience);
  switch (kind) {
    case 'met':
      return { kind: 'seen', observation: last };
    case 'lost': {
      const why = progress.find(({ milestone, isLost }) => milestone.isRequired && isLost)?.seen;
      // Of several pods the others are not given up.
      return podsOf(attempt).length > 1
        ? { kind: 'changed', why: `${why}.` }
        : { kind: 'ended', outcome: failed(attempt, `${why}.`) };
    }
    case 'timeUp':
      attempt.isOverdue = progress.some(
        ({ milestone, isMet }) =>
          milestone.isRequired && !isMet && since + milestone.withinSeconds * 1000 <= patience.now(),
      );
      return { kind: 'ended', outcome: unfinished(attempt, plan) };
  }
}
