import { operationNamed } from '../operations/table.ts';
import { leaveOut } from '../rotation/leave-out.ts';
import { type Check, type Plan, podsIn, proofOf, type Write, writesOf } from '../rotation/plan.ts';
import { progressOf } from '../rotation/proof.ts';
import { refusal } from '../rotation/safety.ts';
import type { PodRef, Snapshot } from '../rotation/snapshot.ts';
import { type Attempt, hasWritten, leftOutOf, podsOf } from './attempt.ts';
import { keepEvidenceOf } from './evidence-kept.ts';
import { entryIn } from './own-entry.ts';

/** A pod of the operation, and why nothing is done to it. */
interface LeftOut {
  readonly pod: PodRef;
  readonly check: Check;
}

/** A plan, or the checks that leave no pod of it. */
export type Rest =
  | { readonly kind: 'plan'; readonly plan: Plan }
  | { readonly kind: 'nothing'; readonly checks: readonly Check[] };

function rest(plan: Plan, found: readonly LeftOut[]): Rest {
  const left = leaveOut(plan, found);
  return left === undefined
    ? { kind: 'nothing', checks: found.map(({ check }) => check) }
    : { kind: 'plan', plan: left };
}

/**
 * What people were told is left out stays so, and what was written once is not written again: a person who restores a pod
 * by hand wants it back.
 */
export function withoutLeftOut(attempt: Attempt, plan: Plan): Rest {
  const entry = entryIn(attempt);
  const written = new Set([...(entry?.written ?? []), ...attempt.writes.done.map(({ key }) => key)]);
  const before = new Map((hasWritten(attempt) ? leftOutOf(attempt.plan) : []).map((check) => [check.pod, check]));
  const resumed = new Set(attempt.asker.resumes === undefined ? [] : entry?.leftOut);
  const byPod = Map.groupBy(writesOf(plan), ({ target }) => target.uid);
  const found = [...byPod.values()].flatMap((writes): LeftOut[] => {
    const [{ target: pod }] = writes as [Write];
    const takenBack = `What was written on ${pod.name} was taken back by hand: it is not written again.`;
    const check = writes.some(({ key }) => written.has(key))
      ? refusal('TakenBack', takenBack)
      : resumed.has(pod.uid)
        ? refusal('LeftOutBefore', `${pod.name} was left out when the operation began.`)
        : before.get(pod.name);
    return check === undefined ? [] : [{ pod, check }];
  });
  return rest(plan, found);
}

/** Without the pods whose plan has a warning that was not confirmed, and that are not written yet. */
export function withoutNewWarnings(attempt: Attempt, plan: Plan): Rest {
  const accepted = acceptedBy(attempt);
  if (accepted === 'any' || podsIn(plan.operation.subject).length < 2) return { kind: 'plan', plan };
  const pending = new Map(writesOf(plan).map(({ target }) => [target.name, target]));
  const found = plan.checks.flatMap((check): LeftOut[] => {
    const pod = check.level === 'warning' && !accepted.has(check.code) ? pending.get(check.pod ?? '') : undefined;
    return pod === undefined ? [] : [{ pod, check }];
  });
  return rest(plan, found);
}

function acceptedBy(attempt: Attempt): ReadonlySet<string> | 'any' {
  if (attempt.confirmed === 'any') return 'any';
  const accepted = entryIn(attempt)?.accepted ?? [];
  const shown = attempt.plan?.checks.filter(({ level }) => level === 'warning').map(({ code }) => code) ?? [];
  return new Set([...accepted, ...shown]);
}

/** Without the pods whose evidence could not be kept, where they are to be deleted. */
export async function withEvidence(attempt: Attempt, plan: Plan): Promise<Rest> {
  const { request } = attempt;
  const pods = writesOf(plan).flatMap(({ kind, target }) => (kind === 'delete' ? target : []));
  if (operationNamed(request.command).evidence !== 'beforeWrite' || pods.length === 0) return { kind: 'plan', plan };
  const whys = await keepEvidenceOf(attempt, pods);
  if (request.force) return { kind: 'plan', plan };
  const found = pods.flatMap((pod, index): LeftOut[] => {
    const why = whys[index];
    const message = `The evidence of ${pod.name} could not be kept, so nothing was deleted; an admin may say --force. ${why}`;
    return why === undefined ? [] : [{ pod, check: refusal('EvidenceNotKept', message) }];
  });
  return rest(plan, found);
}

/** Leaves out of the first plan, which people were told, the pods that a later plan leaves out. */
export function leaveOutOfFirst(attempt: Attempt, later: Plan, snapshot: Snapshot): void {
  const { plan } = attempt;
  if (plan === undefined) return;
  const known = new Set(leftOutOf(plan).map(({ pod }) => pod));
  const found = leftOutOf(later).flatMap((check): LeftOut[] => {
    const pod = podsOf(attempt).find(({ name }) => name === check.pod);
    return pod === undefined || known.has(pod.name) || isDone(attempt, plan, pod, snapshot) ? [] : [{ pod, check }];
  });
  attempt.plan = leaveOut(plan, found) ?? plan;
}

/** A later plan refuses a pod that this operation has restored already: it is not drained any more. */
function isDone({ writes: { done } }: Attempt, plan: Plan, { uid }: PodRef, snapshot: Snapshot): boolean {
  const written = new Set(done.map(({ key }) => key));
  const writes = writesOf(plan).filter(({ target }) => target.uid === uid);
  const own = proofOf(plan).filter(({ condition }) => 'pod' in condition && condition.pod.uid === uid);
  return (
    writes.length > 0 &&
    writes.every(({ key }) => written.has(key)) &&
    progressOf(own, snapshot).every(({ isMet }) => isMet)
  );
}
