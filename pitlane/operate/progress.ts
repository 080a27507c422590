import type { Milestone } from '../rotation/plan.ts';
import { progressOf } from '../rotation/proof.ts';
import type { Snapshot } from '../rotation/snapshot.ts';
import { type Attempt, emit } from './attempt.ts';

/** What is still to come, told to nobody yet. `isStale`: the snapshot is older than the last write, and says nothing of it. */
export function expectProof(
  { proof }: Attempt,
  milestones: readonly Milestone[],
  snapshot: Snapshot,
  isStale: boolean,
): void {
  proof.progress = progressOf(milestones, snapshot).map((progress) =>
    isStale && !progress.isMet
      ? { ...progress, seen: `${progress.milestone.title}: nothing was seen since the write` }
      : progress,
  );
}

/** Notes which milestones are reached, and tells of each change once. */
export function lookAtProof(attempt: Attempt, milestones: readonly Milestone[], snapshot: Snapshot): void {
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
