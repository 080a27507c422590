import type { Observation } from '../cluster/observe.ts';
import { type Milestone, type Plan, type Progress, proofOf } from '../rotation/plan.ts';
import { progressOf } from '../rotation/proof.ts';
import type { Snapshot } from '../rotation/snapshot.ts';
import { type Attempt, emit, podsOf } from './attempt.ts';
import { failed, unfinished } from './endings.ts';
import { type Proof, prove } from './prove.ts';
import type { Round, Wait } from './round.ts';

type Waited = { readonly kind: 'seen'; readonly observation: Observation } | Exclude<Round, Wait>;

/** Waits until the phase's conditions hold, or the attempt ends otherwise. */
export async function waitFor(attempt: Attempt, wait: Wait): Promise<Waited> {
  const { plan, writes, patience } = attempt;
  if (plan === undefined) return { kind: 'seen', observation: wait.observation };
  expectProof(attempt, proofOf(plan), wait);
  const since = writes.lastAt ?? wait.observation.snapshot.at;
  const { proof, lost } = await proveRest(attempt, plan, wait, since);
  const isOverdue = ({ milestone: { isRequired, withinSeconds }, isMet }: Progress) =>
    isRequired && !isMet && since + withinSeconds * 1000 <= patience.now();
  const overdue = proof.kind === 'timeUp' ? proof.progress.filter(isOverdue) : [];
  if (proof.kind === 'met' && lost.length === 0) return { kind: 'seen', observation: proof.observation };
  if (mayContinueWithout(attempt, [...lost, ...overdue])) return { kind: 'lookAgain' };
  const [gone] = lost;
  if (gone !== undefined) return { kind: 'ended', outcome: failed(attempt, 'PodGone', `${gone.seen}.`) };
  attempt.isOverdue = overdue.length > 0;
  return { kind: 'ended', outcome: unfinished(attempt, plan) };
}

/** Of several pods, the others are still waited for when one is gone: its replacement too, which the next turn needs. */
async function proveRest(
  attempt: Attempt,
  plan: Plan,
  { phase, observation, isStale }: Wait,
  since: number,
): Promise<{ readonly proof: Proof; readonly lost: readonly Progress[] }> {
  const { connection, patience } = attempt;
  const { subject } = plan.operation;
  const onLook = (snapshot: Snapshot): void => lookAtProof(attempt, proofOf(plan), snapshot);
  const lost: Progress[] = [];
  let milestones = phase.until;
  let seen = { observation, isStale };
  for (;;) {
    const waiting = { milestones, subject, since, isStale: seen.isStale, onLook };
    const proof = await prove(connection, seen.observation, waiting, patience);
    if (proof.kind !== 'lost') return { proof, lost };
    lost.push(...proof.progress.filter(({ milestone, isLost }) => milestone.isRequired && isLost));
    if (podsOf(attempt).length < 2) return { proof, lost };
    milestones = milestones.filter(({ key }) => !lost.some(({ milestone }) => milestone.key === key));
    seen = { observation: proof.observation, isStale: false };
  }
}

/**
 * Another look leaves out the pods that are gone or were restored by hand, and continues with the others. A milestone is a
 * reason for that once: where the look has changed nothing, the attempt ends.
 */
function mayContinueWithout(attempt: Attempt, progress: readonly Progress[]): boolean {
  const { dropped } = attempt.proof;
  const news = progress.map(({ milestone }) => milestone.key).filter((key) => !dropped.has(key));
  for (const key of news) dropped.add(key);
  return news.length > 0 && podsOf(attempt).length > 1;
}

/** What is still to come, before it is told. */
function expectProof({ proof }: Attempt, milestones: readonly Milestone[], { observation, isStale }: Wait): void {
  proof.progress = progressOf(milestones, observation.snapshot).map((progress) =>
    isStale && !progress.isMet
      ? { ...progress, seen: `${progress.milestone.title}: nothing was seen since the write` }
      : progress,
  );
}

/** Notes which milestones are reached, and tells of each change once. */
function lookAtProof(attempt: Attempt, milestones: readonly Milestone[], snapshot: Snapshot): void {
  const { proof, house } = attempt;
  proof.progress = progressOf(milestones, snapshot);
  for (const { milestone, isMet } of proof.progress) {
    if (!isMet) proof.metAt.delete(milestone.key);
    else if (!proof.metAt.has(milestone.key)) proof.metAt.set(milestone.key, house.now());
  }
  const telling = JSON.stringify(proof.progress.map(({ isMet, seen }) => [isMet, seen]));
  if (telling === proof.told) return;
  proof.told = telling;
  emit(attempt, { kind: 'progress', proof: proof.progress });
}
