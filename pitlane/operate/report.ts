import { ClusterError } from '../cluster/errors.ts';
import { LeaseTaken } from '../cluster/lease.ts';
import { patiently } from '../cluster/retry.ts';
import type { DrainNote, JournalEntry } from '../journal/entry.ts';
import { changed, dropped, ended, entryOf, noteFor } from '../journal/journal.ts';
import { operationNamed } from '../operations/table.ts';
import { undoWithout } from '../rotation/leave-out.ts';
import {
  type Check,
  type Milestone,
  type Plan,
  podsChanged,
  podsLeftOut,
  subjectText,
  writesOf,
} from '../rotation/plan.ts';
import { titlesOf } from '../rotation/shared-text.ts';
import { compact, duration, idAndName, personOf } from '../text/words.ts';
import type { Reminder } from './asker.ts';
import { type Attempt, hasWritten, isBlind, podsOf, subjectOf } from './attempt.ts';
import { listCanaries, noteOfCanary } from './canaries.ts';
import { evidenceKept } from './evidence.ts';
import { patienceOf } from './house.ts';
import type { ChangeOutcome, Failed } from './outcome.ts';
import { changeAdmins, changeEntry, entryIn, lastMoment, soFar, updateEntry } from './own-entry.ts';
import { withSilence } from './silence.ts';
import { cancelledEntry, endOf, lateNotes, messageOf } from './words.ts';

/** An operation that is open for longer is given up: the time of every milestone is over by then. Each pod adds its share. */
const OPEN_MS = 25 * 60_000;
const OPEN_MS_PER_POD = 5 * 60_000;

/** The problems of the Kubernetes Events, once all are written. */
export async function recorded({ writes }: Attempt): Promise<readonly string[]> {
  return (await Promise.all(writes.records)).filter((problem) => problem !== undefined);
}

export async function done(attempt: Attempt, plan: Plan): Promise<ChangeOutcome> {
  const { writes, proof, house, startedAt } = attempt;
  const [problems, unkept] = await Promise.all([recorded(attempt), evidenceKept(attempt)]);
  for (const { uid } of podsLeftOut(plan)) unkept.delete(uid);
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
      ...gapNotes(attempt),
      ...lateNotes(proof.progress, house.now() - (writes.lastAt ?? startedAt)),
      ...problems.slice(0, 1).map((problem) => `No Kubernetes Event was written: ${problem}`),
      ...[...unkept.values()].map((why) => `The evidence could not be kept: ${why}`),
    ],
  };
}

/** The service was down, or is. */
function gapNotes({ proof: { gap }, service, house, writes }: Attempt): readonly string[] {
  const { ms, since } = gap;
  if (writes.firstAt === undefined || (ms === 0 && since === undefined)) return [];
  const total = ms + (since === undefined ? 0 : house.now() - since);
  const verb = since === undefined ? 'had' : 'has had';
  return [`${service.service} ${verb} NO ready endpoint for ${duration(Math.max(1, Math.ceil(total / 1000)))}.`];
}

export function unfinished(attempt: Attempt, plan: Plan): ChangeOutcome {
  const { writes, proof } = attempt;
  const written = new Set(writes.done.map(({ key }) => key));
  const { operation } = plan;
  const left = plan.phases.flatMap((phase) => {
    const open = phase.writes.filter(({ key }) => !written.has(key));
    return operation.subject.kind === 'service' ? titlesOf({ ...phase, writes: open }) : open.map(({ title }) => title);
  });
  return {
    kind: 'unfinished',
    operation,
    plan: { ...plan, undo: undoOfWritten(attempt) },
    proof: proof.progress,
    ...(left.length > 0 && { left }),
  };
}

/** The outcome if the time was over or the operation was stopped between two writes; undefined for any other error. */
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
    ...((isBlind(attempt) || attempt.writes.uncertain.length > 0) && { isUncertain: true }),
    undo: undoOfWritten(attempt),
  };
}

/** For an operation that had no effect in this process and that the tick tries again. */
function failedForNow(attempt: Attempt, code: Failed['code'], message: string): Failed {
  return { ...failed(attempt, code, `${message} Pitlane tries again within two minutes.`), isRetried: true };
}

/** The rest can't be done, for these reasons. */
export function failedBy(attempt: Attempt, checks: readonly Check[]): Failed {
  const refusals = checks.filter(({ level }) => level === 'refusal');
  const reasons = refusals.length > 0 ? refusals : checks;
  const codes = new Set(reasons.map(({ code }) => code));
  const messages = [...new Set(reasons.map(({ message }) => message))];
  return failed(attempt, codes.size === 1 ? reasons[0]?.code : 'Refused', shortened(messages).join(' '));
}

/** An earlier process found that the operation had no effect, and may not have reported it. */
export function hadNoEffect({ id, request, subject, by, at }: JournalEntry, message: string): Failed {
  const operation = { id, request, subject, by, at };
  return { kind: 'failed', code: 'HadNoEffect', operation, message, stands: [], undo: [] };
}

/** No admin is known to have asked for it. Its process may have died before it wrote anything. */
export function unconfirmed({ written = [], ...entry }: JournalEntry): ChangeOutcome {
  const message = 'It is not recorded as the request of an admin, so the tick does not carry it out. Run it again.';
  const stands = written.length === 0 ? [] : [`An earlier run has changed ${subjectText(entry.subject)} already.`];
  return { ...hadNoEffect(entry, message), code: 'NotConfirmed', stands };
}

export function cancelled(attempt: Attempt, entry: JournalEntry): ChangeOutcome {
  const isWritten = hasWritten(attempt);
  const isUndone = !isWritten && (entry.written?.length ?? 0) > 0;
  const what = isWritten
    ? standing(attempt)
    : isUndone
      ? [`Its changes of ${subjectText(entry.subject)} were undone by another operation or by hand.`]
      : [];
  return {
    kind: 'cancelled',
    entry: cancelledEntry(entry, what, attempt.house.now()),
    ...(what.length === 0 && { isUntouched: true }),
    // A superseding operation changes the state; its own report says how to undo that.
    undo: entry.cancel?.instead === undefined ? undoOfWritten(attempt) : [],
  };
}

/** Without the kubectl lines of pods of which nothing is written. */
function undoOfWritten(attempt: Attempt): readonly string[] {
  const { plan, writes } = attempt;
  if (plan === undefined || !hasWritten(attempt)) return [];
  const deleted = writes.done
    .filter(({ kind, takesBack }) => kind === 'delete' || takesBack)
    .map(({ target }) => target);
  const written = new Set([...writes.done, ...writes.uncertain].map(({ target }) => target.uid));
  // An earlier process may have changed any of them.
  if (plan.hasBegun) return undoWithout(plan.undo, deleted);
  const pending = writesOf(plan).flatMap(({ target }) => (written.has(target.uid) ? [] : target));
  return undoWithout(plan.undo, [...pending, ...deleted]);
}

const MOST_SENTENCES = 10;

function standing(attempt: Attempt): readonly string[] {
  const { plan, writes } = attempt;
  const sentences = [
    ...(isBlind(attempt) ? [`The state of ${subjectOf(attempt)} is unknown: the cluster could not be read.`] : []),
    ...(plan?.hasBegun && writes.done.length === 0
      ? [`An earlier run has changed ${subjectOf(attempt)} already.`]
      : []),
    ...writes.done.map(
      ({ title, key }) => `Done: ${title}.${writes.unlike.has(key) ? ' It was not done as asked.' : ''}`,
    ),
    ...writes.uncertain.map(
      ({ title, target }) => `It is unknown if this was done: ${title}. Check ${target.name} before you continue.`,
    ),
  ];
  return shortened(sentences);
}

function shortened(sentences: readonly string[]): readonly string[] {
  const more = sentences.length - MOST_SENTENCES;
  return more <= 0 ? sentences : [...sentences.slice(0, MOST_SENTENCES), `And ${more} more of the same kind.`];
}

/** Completes the outcome, reports it, and closes the operation or leaves it to the tick. */
export async function settle(attempt: Attempt, outcome: ChangeOutcome): Promise<ChangeOutcome> {
  const final = await withSilence(attempt, withCancel(attempt, outcome));
  if (isBlind(attempt) && (final.kind === 'failed' || final.kind === 'notUnderstood') && isWorthAnotherLook(attempt)) {
    await leave(attempt);
    return failedForNow(attempt, final.code, final.message);
  }
  const { cancel } = attempt.ownEntry;
  switch (final.kind) {
    case 'done': {
      if (cancel === undefined) return tell(attempt, final);
      const note = `The wait was cancelled by ${idAndName(cancel)}. Everything listed as done was seen before that.`;
      return tell(attempt, { ...final, notes: [...final.notes, note] });
    }
    case 'unfinished':
      return tell(attempt, { ...final, ...futureOf(attempt) });
    case 'cancelled':
      return tell(attempt, final);
    default:
      return tell(attempt, hasWritten(attempt) ? final : await decided(attempt, final));
  }
}

/** A cancelled operation ends as cancelled, even if that was told to an earlier process. */
function withCancel(attempt: Attempt, outcome: ChangeOutcome): ChangeOutcome {
  const { ownEntry } = attempt;
  const entry = entryIn(attempt);
  const cancel = ownEntry.cancel ?? entry?.cancel;
  const isEnd =
    outcome.kind === 'unfinished' || outcome.kind === 'refusal' || (outcome.kind === 'failed' && !isBlind(attempt));
  return isEnd && ownEntry.isOpen && cancel !== undefined && entry !== undefined
    ? cancelled(attempt, { ...entry, cancel })
    : outcome;
}

/** The obstacle to the proof of an unfinished operation, and whether the tick continues it. */
function futureOf(attempt: Attempt): { readonly trouble?: string; readonly goesOn?: true } {
  const { isOverdue, house } = attempt;
  const trouble = compact(...gapNotes(attempt), attempt.trouble).join(' ');
  const isContinued = !isOverdue && house.hasTick === true && isWorthAnotherLook(attempt);
  return { ...(trouble !== '' && { trouble }), ...(isContinued && { goesOn: true }) };
}

/**
 * Notes in the journal, before it is reported, that nothing was changed: no process continues the operation from then on,
 * even if this one dies before it closes the entry. If the note fails, the tick continues, and the report says so.
 */
async function decided(attempt: Attempt, outcome: ChangeOutcome): Promise<ChangeOutcome> {
  const { ownEntry, house, asker, holder } = attempt;
  if (!ownEntry.isOpen || house.hasTick !== true || entryIn(attempt)?.decided !== undefined) return outcome;
  const message = messageOf(outcome);
  const end = { kind: endOf(outcome, asker.resumes !== undefined) ?? 'failed', at: house.now(), message };
  try {
    await updateEntry(attempt, { decided: end }, lastMoment(attempt));
    const entry = entryIn(attempt);
    // Another process has taken it over meanwhile, and may write.
    return entry === undefined || entry.holder === holder ? outcome : { kind: 'running', entry };
  } catch (error) {
    if (!(error instanceof ClusterError)) throw error;
    const { code = 'ClusterError' } = outcome as Partial<Failed>;
    return failedForNow(attempt, code, message);
  }
}

function secondsOf({ condition, withinSeconds }: Milestone): number {
  return condition.kind === 'rolledOut' ? withinSeconds : 0;
}

/** The next process may find out, if the result of an earlier process can't be observed now. */
function isWorthAnotherLook(attempt: Attempt): boolean {
  const rollout = Math.max(0, ...(attempt.plan?.phases ?? []).flatMap(({ until }) => until.map(secondsOf)));
  const openMs = OPEN_MS + podsOf(attempt).length * OPEN_MS_PER_POD + rollout * 1000;
  return attempt.ownEntry.isOpen && attempt.house.now() - (entryIn(attempt)?.at ?? 0) <= openMs;
}

/** Reports the outcome, and closes the entry after that, so that it is reported at least once. */
async function tell(attempt: Attempt, outcome: ChangeOutcome): Promise<ChangeOutcome> {
  try {
    await attempt.door.reporter?.ended?.(outcome, answeredReminders(attempt, outcome));
  } catch (error) {
    await leave(attempt);
    throw error;
  }
  if (outcome.kind === 'unfinished' && outcome.goesOn) await leave(attempt);
  else await close(attempt, outcome);
  return outcome;
}

/** The reminders whose question the outcome answers. */
function answeredReminders({ request, ownEntry }: Attempt, outcome: ChangeOutcome): readonly Reminder[] {
  if (outcome.kind !== 'done' || operationNamed(request.command).lookAfter === 'begins') return [];
  return podsChanged(outcome.plan).flatMap(({ uid, name }) => {
    const note = ownEntry.kept && noteFor(ownEntry.kept.journal, request.command, { uid, name });
    return note?.reminder?.message === undefined ? [] : { ...note.reminder.message, pod: name };
  });
}

/** Leaves the operation to the tick. */
export async function leave(attempt: Attempt): Promise<void> {
  const written = hasWritten(attempt) ? soFar(attempt) : {};
  await atLast(attempt, () => updateEntry(attempt, { heldUntil: 0, ...written }));
}

/** Closes the entry. An operation without effect is removed, so that its id may be used again. */
export async function close(attempt: Attempt, outcome: ChangeOutcome): Promise<void> {
  const { ownEntry, house, id, holder, asker, door } = attempt;
  if (!ownEntry.isOpen) return;
  const isTold = door.reporter?.ended !== undefined;
  const drainSeconds = attempt.service.policy.drain.forSeconds;
  const kind = outcome.kind === 'cancelled' ? outcome.entry.ended?.kind : endOf(outcome, asker.resumes !== undefined);
  const end = { at: house.now(), message: messageOf(outcome) };
  const done =
    outcome.kind === 'done'
      ? { pods: podsChanged(outcome.plan), ...(outcome.plan.gate && { gate: outcome.plan.gate }) }
      : {};
  // The history shows which pods were changed, and which were left out.
  const changes = {
    ...(!hasWritten(attempt) && entryIn(attempt)?.written === undefined && { written: [] }),
    ...soFar(attempt),
  };
  const isAdmins = entryIn(attempt)?.role === 'admin' && asker.role === 'admin';
  await atLast(attempt, async () => {
    const canaries = await canaryNotes(attempt);
    await changeEntry(
      attempt,
      (journal) => {
        const entry = entryOf(journal, id);
        // A process that has taken it over meanwhile ends it.
        if (entry?.holder !== holder || entry.ended !== undefined) return undefined;
        if (kind === undefined) return dropped(journal, id);
        return ended(changed(journal, id, changes), id, { kind, ...end }, { isTold, drainSeconds, ...done, canaries });
      },
      lastMoment(attempt),
    );
    if (isAdmins) await changeAdmins(attempt, (journal) => (entryOf(journal, id) ? dropped(journal, id) : undefined));
  });
  ownEntry.isOpen = false;
}

/** The canaries that the operation has created, for the tick. The API server names them, so they are listed. */
async function canaryNotes(attempt: Attempt): Promise<readonly DrainNote[]> {
  const { plainConnection, house, service, request, id } = attempt;
  const { lookAfter, subject } = operationNamed(request.command);
  if (lookAfter !== 'begins' || subject !== 'service' || !hasWritten(attempt)) return [];
  const connection = patiently(plainConnection, patienceOf(house, lastMoment(attempt)));
  const canaries = await listCanaries(connection, service);
  const asked = entryIn(attempt) ?? attempt.asker;
  // The mark may be on a pod that the operation has not created: it does not decide who is told.
  return canaries
    .filter(({ record }) => record.id === id)
    .map((canary) => ({ ...noteOfCanary(canary), ...personOf(asked), ...(asked.report && { report: asked.report }) }));
}

/** The last writes to the journal; if they fail, the tick repeats them. */
async function atLast({ ownEntry }: Attempt, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof ClusterError)) throw error;
    ownEntry.kept = undefined;
  }
}
