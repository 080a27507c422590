import { LeaseTaken } from '../cluster/lease.ts';
import type { JournalEntry } from '../journal/entry.ts';
import { type Plan, podsIn, subjectText, writesOf } from '../rotation/plan.ts';
import { list } from '../text/words.ts';
import { type Attempt, hasWritten, isBlind, subjectOf } from './attempt.ts';
import { evidenceKept } from './evidence-kept.ts';
import type { ChangeOutcome, Failed } from './outcome.ts';
import { cancelledEntry, lateNotes, mayStand, stands } from './words.ts';

/** Once every Event is written, or could not be: why not. */
export async function recorded({ writes }: Attempt): Promise<readonly string[]> {
  return (await Promise.all(writes.records)).filter((problem) => problem !== undefined);
}

export async function done(attempt: Attempt, plan: Plan): Promise<ChangeOutcome> {
  const { writes, proof, house, startedAt } = attempt;
  const [problems, unkept] = await Promise.all([recorded(attempt), evidenceKept(attempt)]);
  return {
    kind: 'done',
    operation: plan.operation,
    plan,
    proof: proof.progress,
    tookMs: proof.progress.map(({ milestone }) => {
      const at = proof.metAt.get(milestone.key);
      return writes.firstAt === undefined || at === undefined ? undefined : Math.max(0, at - writes.firstAt);
    }),
    notes: [
      ...lateNotes(proof.progress, house.now() - (writes.lastAt ?? startedAt)),
      ...problems.slice(0, 1).map((problem) => `No Kubernetes Event was written: ${problem}`),
      ...(unkept === undefined ? [] : [`The evidence could not be kept: ${unkept}`]),
    ],
  };
}

export function unfinished({ writes, proof }: Attempt, plan: Plan): ChangeOutcome {
  const written = new Set(writes.done.map(({ key }) => key));
  const left = writesOf(plan)
    .filter(({ key }) => !written.has(key))
    .map(({ title }) => title);
  const { operation } = plan;
  return { kind: 'unfinished', operation, plan, proof: proof.progress, ...(left.length > 0 && { left }) };
}

/** Out of time, or told to stop, between two writes: what is left is for the next process. Undefined: it was something else. */
export function interrupted(attempt: Attempt, error: Error): ChangeOutcome | undefined {
  const { plan, patience } = attempt;
  const { now, deadline, signal } = patience;
  const isOver = error instanceof LeaseTaken || signal?.aborted === true || now() >= deadline;
  const isUnderWay = attempt.writes.done.length > 0 || plan?.hasBegun;
  return isOver && isUnderWay && plan ? unfinished(attempt, plan) : undefined;
}

export function failed(attempt: Attempt, message: string): Failed {
  const { plan } = attempt;
  return {
    kind: 'failed',
    ...(plan === undefined ? {} : { operation: plan.operation }),
    message,
    stands: standing(attempt),
    undo: hasWritten(attempt) ? (plan?.undo ?? []) : [],
  };
}

/** Ended where it stands. */
export function cancelled(attempt: Attempt, entry: JournalEntry): ChangeOutcome {
  const isWritten = hasWritten(attempt);
  const isUndone = !isWritten && (entry.written?.length ?? 0) > 0;
  const what = isWritten
    ? standing(attempt)
    : isUndone
      ? [`What it had written on ${subjectText(entry.subject)} is no longer so.`]
      : [];
  return {
    kind: 'cancelled',
    entry: cancelledEntry(entry, what, attempt.house.now()),
    // What takes its place changes what stands: how to undo that is its report's to say.
    undo: isWritten && entry.cancel?.instead === undefined ? (attempt.plan?.undo ?? []) : [],
  };
}

/** More sentences help no reader. */
const MOST_SENTENCES = 10;

function standing(attempt: Attempt): readonly string[] {
  const { plan, writes } = attempt;
  const sentences = [
    ...(isBlind(attempt)
      ? [`What an earlier process has done on ${subjectOf(attempt)} is not known: nobody could look.`]
      : []),
    ...(plan?.hasBegun && writes.done.length === 0
      ? [`An earlier run has changed ${subjectOf(attempt)} already.`]
      : []),
    ...writes.done.map(stands),
    ...writes.uncertain.map(mayStand),
  ];
  const more = sentences.length - MOST_SENTENCES;
  return more <= 0 ? sentences : [...sentences.slice(0, MOST_SENTENCES), `And ${more} more of the same kind.`];
}

/** What an operation had written and is no longer so: it is not written again. */
export function takenBack(id: string, plan: Plan): string {
  const names = list(podsIn(plan.operation.subject).map(({ name }) => name));
  return `What operation ${id} had written on ${names} was taken back by somebody else since: it is not written again.`;
}
