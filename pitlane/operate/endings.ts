import { LeaseTaken } from '../cluster/lease.ts';
import type { JournalEntry } from '../journal/entry.ts';
import { type Check, type Plan, subjectText, writesOf } from '../rotation/plan.ts';
import { type Attempt, hasWritten, isBlind, podsLeftOut, subjectOf } from './attempt.ts';
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
  const left = new Set(podsLeftOut(plan).map(({ uid }) => uid));
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
      ...problems.slice(0, 1).map((problem) => `No Kubernetes Event: ${problem}`),
      ...[...unkept].filter(([uid]) => !left.has(uid)).map(([, why]) => `No evidence: ${why}`),
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

export function failed(attempt: Attempt, code: Failed['code'], message: string): Failed {
  const { plan } = attempt;
  return {
    kind: 'failed',
    ...(code !== undefined && { code }),
    ...(plan === undefined ? {} : { operation: plan.operation }),
    message,
    stands: standing(attempt),
    undo: hasWritten(attempt) ? (plan?.undo ?? []) : [],
  };
}

/** What is left can't be done, for these reasons. */
export function failedBy(attempt: Attempt, checks: readonly Check[]): Failed {
  const refusals = checks.filter(({ level }) => level === 'refusal');
  const reasons = refusals.length > 0 ? refusals : checks;
  const codes = new Set(reasons.map(({ code }) => code));
  const messages = [...new Set(reasons.map(({ message }) => message))];
  return failed(attempt, codes.size === 1 ? reasons[0]?.code : 'Refused', shortened(messages).join(' '));
}

/** Ended where it stands. */
export function cancelled(attempt: Attempt, entry: JournalEntry): ChangeOutcome {
  const isWritten = hasWritten(attempt);
  const isUndone = !isWritten && (entry.written?.length ?? 0) > 0;
  const what = isWritten
    ? standing(attempt)
    : isUndone
      ? [`Its changes to ${subjectText(entry.subject)} were undone since.`]
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
    ...(isBlind(attempt) ? [`The state of ${subjectOf(attempt)} is unknown: the cluster could not be read.`] : []),
    ...(plan?.hasBegun && writes.done.length === 0 ? [`An earlier attempt changed ${subjectOf(attempt)}.`] : []),
    ...writes.done.map(stands),
    ...writes.uncertain.map(mayStand),
  ];
  return shortened(sentences);
}

function shortened(sentences: readonly string[]): readonly string[] {
  const more = sentences.length - MOST_SENTENCES;
  return more <= 0 ? sentences : [...sentences.slice(0, MOST_SENTENCES), `And ${more} more.`];
}
