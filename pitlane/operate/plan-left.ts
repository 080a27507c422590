import type { Connection } from '../cluster/connection.ts';
import type { KeptJournal } from '../cluster/journal.ts';
import { knowsDrain } from '../journal/journal.ts';
import { planOf } from '../operations/planners.ts';
import { operationNamed } from '../operations/table.ts';
import { leaveOut } from '../rotation/leave-out.ts';
import { DRAINED_FROM, drainRecordOn } from '../rotation/marks.ts';
import { memberLabels } from '../rotation/membership.ts';
import { type Check, type Plan, podsIn, podsLeftOut, type Refusal, type Subject, writesOf } from '../rotation/plan.ts';
import { refusal } from '../rotation/safety.ts';
import type { PodRef, Snapshot } from '../rotation/snapshot.ts';
import { nameOf } from '../rotation/workload.ts';
import { type Attempt, hasWritten, leftOutOf, podsOf } from './attempt.ts';
import { keepEvidenceOf } from './evidence.ts';
import { operationOf } from './house.ts';
import type { Failed } from './outcome.ts';
import { entryIn } from './own-entry.ts';
import { failedBy } from './report.ts';
import { planTried } from './trial.ts';
import { isWarning } from './words.ts';

/** A pod of the operation, and the reason to leave it out. */
interface LeftOut {
  readonly pod: PodRef;
  readonly check: Check;
}

/** The plan without these pods; the outcome if it has no others. */
function without(attempt: Attempt, plan: Plan, found: readonly LeftOut[]): Plan | Failed {
  const checks = found.map(({ check }) => check);
  return leaveOut(plan, found) ?? failedBy(attempt, checks);
}

/** Plans the part that may still be carried out, as it was confirmed. */
export function planRest(attempt: Attempt, snapshot: Snapshot): Plan | Refusal | Failed {
  const left = planLeft(attempt, snapshot);
  if (left.kind === 'refusal') return left;
  const plan = withoutTakenBack(attempt, left);
  if (plan.kind !== 'plan' || !isUnderWay(attempt, plan)) return plan;
  return without(attempt, plan, newWarnings(attempt, plan));
}

/** The same, once the API server has been asked about its writes with dry runs. */
export function planRestTried(attempt: Attempt, connection: Connection, snapshot: Snapshot) {
  return planTried<Refusal | Failed>(attempt.trials, connection, () => planRest(attempt, snapshot));
}

/** Something is written, so the confirmed plan can't be made again, and the rest of it needs no confirmation. */
export function isUnderWay(attempt: Attempt, plan: Plan): boolean {
  // Not only admins may note writes in the journal, so with an admin's rights the cluster has to show them.
  const noted = attempt.asker.role === 'admin' ? [] : (entryIn(attempt)?.written ?? []);
  const wasWritten = plan.hasBegun || noted.length > 0;
  return attempt.writes.done.length > 0 || (attempt.isTakenOver && wasWritten);
}

/**
 * Plans what is left. Until something is written that is the whole operation, as people have confirmed it. After that it
 * is about the pods that are not left out, and those that are done already count as done.
 */
export function planLeft(attempt: Attempt, snapshot: Snapshot): Plan | Refusal {
  const { isResumed } = attempt;
  attempt.members = memberLabels(snapshot.service, snapshot.policy);
  const isFirst = attempt.writes.done.length === 0 && attempt.writes.uncertain.length === 0;
  if (isFirst && !isResumed) return planFor(attempt, snapshot, attempt.subject, false);
  const left = planFor(attempt, snapshot, subjectLeft(attempt), true);
  const isBegun = !isFirst || (left.kind === 'plan' && left.hasBegun) || (entryIn(attempt)?.written ?? []).length > 0;
  if (!isBegun) return planFor(attempt, snapshot, attempt.subject, false);
  if (left.kind === 'refusal' || !isResumed) return left;
  const before = new Set(entryIn(attempt)?.leftOut);
  const found = podsOf(attempt).filter(({ uid }) => before.has(uid));
  return leaveOut(left, found.map(leftOutBefore)) ?? left;
}

/** The operation's pods without those that were left out: a pod that was left out once stays so. */
export function subjectLeft(attempt: Attempt): Subject | undefined {
  const { subject, plan, isResumed } = attempt;
  if (subject?.kind !== 'pods') return subject;
  const out = new Set([
    ...(hasWritten(attempt) ? podsLeftOut(plan).map(({ uid }) => uid) : []),
    ...(isResumed ? (entryIn(attempt)?.leftOut ?? []) : []),
  ]);
  const pods = subject.pods.filter(({ uid }) => !out.has(uid));
  return pods.length === 0 ? subject : { ...subject, pods };
}

function leftOutBefore(pod: PodRef): LeftOut {
  return { pod, check: refusal('LeftOutBefore', `${pod.name} was left out when the operation began.`) };
}

function planFor(
  attempt: Attempt,
  snapshot: Snapshot,
  subject: Subject | undefined,
  isResumed: boolean,
): Plan | Refusal {
  if (attempt.subject === undefined || subject === undefined) throw new Error('the operation has no subject yet');
  const operation = operationOf(attempt, attempt.subject, snapshot, isResumed);
  const known = withUnknownDrains(snapshot, attempt.ownEntry.kept);
  const result = planOf({ ...known, trials: attempt.trials.found }, { ...operation, subject });
  const [only, ...others] = podsIn(subject);
  // The plan of a single pod does not name it in its checks.
  const isLastOfSeveral = only !== undefined && others.length === 0 && podsOf(attempt).length > 1;
  const checks = isLastOfSeveral ? result.checks.map((check) => ({ ...check, pod: only.name })) : result.checks;
  return { ...result, operation, checks };
}

/** Compares the marks on the pods with the journal, if all of it was read. */
export function withUnknownDrains(snapshot: Snapshot, kept: KeptJournal | undefined): Snapshot {
  if (kept === undefined || kept.troubles.length > 0) return snapshot;
  const unknown = [...snapshot.pods, ...snapshot.targets].filter((pod) => {
    const record = drainRecordOn(pod);
    const isMarked = record !== undefined || pod.labels[DRAINED_FROM] !== undefined;
    return isMarked && !(record !== undefined && knowsDrain(kept.journal, pod, record.id));
  });
  return unknown.length === 0 ? snapshot : { ...snapshot, unknownDrains: unknown.map(({ uid }) => uid) };
}

/** Without the pods whose write was undone by hand: a person who restores a pod wants it back. */
export function withoutTakenBack(attempt: Attempt, plan: Plan): Plan | Failed {
  const { done, unlike } = attempt.writes;
  const written = new Set([...(entryIn(attempt)?.written ?? []), ...done.map(({ key }) => key), ...unlike.keys()]);
  const undone = writesOf(plan).filter(({ key }) => written.has(key));
  const byCluster = new Map(undone.map(({ key, target }) => [target.name, unlike.get(key)]));
  const checkOf = (what: string, name = what) => {
    const why = byCluster.get(name);
    return why === undefined
      ? refusal('TakenBack', `The change of ${what} was undone by hand, so it is not repeated.`)
      : refusal('ChangedByCluster', why);
  };
  // Only pods can be left out. Without its change of another object, an operation would wait in vain.
  const other = undone.find(({ kind, target }) => kind === 'create' || target.kind !== 'Pod');
  if (other !== undefined) return failedBy(attempt, [checkOf(nameOf(other.target), other.target.name)]);
  const pods = new Map(undone.map(({ target }) => [target.uid, target]));
  const found = [...pods.values()].map((pod) => ({ pod, check: checkOf(pod.name) }));
  return without(attempt, plan, found);
}

/** The pods that are not written yet and whose plan has a warning that was not confirmed. */
function newWarnings(attempt: Attempt, plan: Plan): readonly LeftOut[] {
  const accepted = acceptedBy(attempt);
  if (accepted === 'any' || podsOf(attempt).length < 2) return [];
  const pending = new Map(writesOf(plan).map(({ target }) => [target.name, target]));
  return plan.checks.flatMap((check): LeftOut[] => {
    const pod = isWarning(check) && !accepted.has(check.code) ? pending.get(check.pod ?? '') : undefined;
    return pod === undefined ? [] : [{ pod, check }];
  });
}

function acceptedBy(attempt: Attempt): ReadonlySet<string> | 'any' {
  if (attempt.confirmed === 'any') return 'any';
  const accepted = entryIn(attempt)?.accepted ?? [];
  const shown = attempt.plan?.checks.filter(isWarning).map(({ code }) => code) ?? [];
  return new Set([...accepted, ...shown]);
}

/** Without the pods that are to be deleted but whose evidence could not be kept. */
export async function withEvidence(attempt: Attempt, plan: Plan): Promise<Plan | Failed> {
  const { request } = attempt;
  const pods = writesOf(plan).flatMap(({ kind, target }) => (kind === 'delete' && target.kind === 'Pod' ? target : []));
  if (operationNamed(request.command).evidence !== 'beforeWrite' || pods.length === 0) return plan;
  const whys = await keepEvidenceOf(attempt, pods);
  if (request.force) return plan;
  const found = pods.flatMap((pod, index): LeftOut[] => {
    const why = whys[index];
    const message = `The evidence of ${pod.name} could not be kept, so it was not deleted; an admin may add --force. ${why}`;
    return why === undefined ? [] : [{ pod, check: refusal('EvidenceNotKept', message) }];
  });
  return without(attempt, plan, found);
}

/** Leaves out of the first plan, which is the reported one, the pods that a later plan leaves out. */
export function leaveOutOfFirst(attempt: Attempt, later: Plan): void {
  const { plan } = attempt;
  if (plan === undefined) return;
  const known = new Set(leftOutOf(plan).map(({ pod }) => pod));
  const found = leftOutOf(later).flatMap((check): LeftOut[] => {
    const pod = podsOf(attempt).find(({ name }) => name === check.pod);
    return pod === undefined || known.has(pod.name) ? [] : [{ pod, check }];
  });
  attempt.plan = leaveOut(plan, found) ?? plan;
}
