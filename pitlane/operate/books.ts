import { createHash } from 'node:crypto';
import type { Connection } from '../cluster/connection.ts';
import { ClusterError, Forbidden } from '../cluster/errors.ts';
import { adminJournalOf, changeJournal, readKeptJournal } from '../cluster/journal.ts';
import { patiently } from '../cluster/retry.ts';
import type { Journal, JournalEntry } from '../journal/entry.ts';
import { begin, changed, dropped, ended, entryOf, type Known, lookUp, takeUp } from '../journal/journal.ts';
import { operationNamed, roleFor } from '../operations/table.ts';
import { type Plan, podsIn, type Report } from '../rotation/plan.ts';
import type { Asker, Reminder } from './asker.ts';
import { type Attempt, hasWritten, podsOf } from './attempt.ts';
import { patienceOf } from './house.ts';
import type { ChangeOutcome, Failed } from './outcome.ts';
import { endOf, messageOf, TRIED_AGAIN } from './words.ts';

/** How long a process may be silent before the tick takes over its operation. */
const HOLD_MS = 60_000;
/** How often a waiting process looks whether its operation was cancelled, and renews its hold. */
const LOOK_MS = 5_000;
const RENEW_BELOW_MS = 40_000;
/** For a write to the journal when the operation's own time is over, or it was told to stop. */
const LAST_WRITE_MS = 5_000;
/** What is not seen to be done by then is given up: every milestone's time passed long before. Each pod adds its share. */
const OPEN_MS = 25 * 60_000;
const OPEN_MS_PER_POD = 5 * 60_000;

/** How to find the asker's request in the journal. */
export function meantBy({ payload, resumes }: Asker): Parameters<typeof lookUp>[2] {
  const digest = payload === undefined ? undefined : createHash('sha256').update(payload).digest('hex').slice(0, 16);
  return { isResumed: resumes !== undefined, ...(digest !== undefined && { digest }) };
}

/** The operation's entry as last seen. */
export function entryIn({ books, id }: Attempt): JournalEntry | undefined {
  return books.kept && entryOf(books.kept.journal, id);
}

/**
 * Enters the operation, or takes over the one that was left. `plan` is absent where an operation of the journal is taken
 * over before the first look. The answer says whether this process may continue.
 */
export async function enter(attempt: Attempt, plan?: Plan): Promise<Known['kind']> {
  const { books, house, id, holder, asker, door } = attempt;
  if (books.isOpen || books.isOff) return 'new';
  const meant = meantBy(asker);
  let known = { kind: 'new' } as Known;
  try {
    if (plan !== undefined) await enterAsAdmin(attempt, newEntry(attempt, plan, meant.digest));
    await change(attempt, (journal) => {
      const now = house.now();
      known = lookUp(journal, id, meant, now);
      // Written by this process, but the answer was lost.
      if (known.kind === 'running' && known.entry.holder === holder) {
        known = asker.resumes === undefined ? { kind: 'new' } : { ...known, kind: 'left' };
        return undefined;
      }
      const held = { holder, heldUntil: now + HOLD_MS };
      if (known.kind === 'left') {
        const { ended: end, decided, cancel, ...open } = known.entry;
        // What has ended is tried again; what has not keeps to what was decided, and cancelled.
        return end === undefined
          ? takeUp(journal, { ...known.entry, ...held }, now)
          : begin(journal, { ...open, at: now, ...held }, now);
      }
      return known.kind !== 'new' || plan === undefined
        ? undefined
        : begin(journal, newEntry(attempt, plan, meant.digest), now);
    });
  } catch (error) {
    if (door.hasTick || !(error instanceof Forbidden)) throw error;
    books.isOff = true;
    return 'new';
  }
  books.isOpen = known.kind === 'left' || (known.kind === 'new' && entryIn(attempt) !== undefined);
  return known.kind;
}

function newEntry(attempt: Attempt, plan: Plan, digest: string | undefined): JournalEntry {
  const { id, holder, asker, confirmed, house } = attempt;
  const { pods: _, selector: __, node: ___, ...asked } = attempt.request;
  const now = house.now();
  const warnings = plan.checks.filter(({ level }) => level === 'warning').map(({ code }) => code);
  return {
    v: 2,
    id,
    request: isAdmins(attempt) ? asked : { ...asked, force: false },
    subject: plan.operation.subject,
    role: isAdmins(attempt) ? 'admin' : 'operator',
    ...(digest !== undefined && { digest }),
    by: asker.by,
    at: now,
    ...(asker.report === undefined ? {} : { report: asker.report }),
    // A yes to any plan was given to this one: a process that takes over keeps to it.
    ...(confirmed !== undefined && {
      confirmed: confirmed === 'any' ? plan.fingerprint : confirmed.fingerprint,
      accepted: [...new Set(warnings)],
    }),
    holder,
    heldUntil: now + HOLD_MS,
  };
}

/** It takes an admin, and a tick may have to resume it as one. */
function isAdmins({ request, door }: Attempt): boolean {
  return door.hasTick === true && roleFor(request) === 'admin';
}

/** Only an admin may write there: so the tick believes what it finds. */
async function enterAsAdmin(attempt: Attempt, entry: JournalEntry): Promise<void> {
  if (!isAdmins(attempt) || attempt.asker.resumes !== undefined) return;
  await changeAdmins(attempt, (journal) =>
    entryOf(journal, entry.id) === undefined ? takeUp(journal, entry, entry.at) : undefined,
  );
}

async function changeAdmins(
  { plainConnection, service, house, door }: Attempt,
  how: (journal: Journal) => Journal | undefined,
): Promise<void> {
  const patience = patienceOf(house, Math.max(door.deadline, house.now() + LAST_WRITE_MS));
  await changeJournal(patiently(plainConnection, patience), adminJournalOf(service), how, patience);
}

/** Where the operation's report stands: the tick edits it when this process can't. */
export async function attach(attempt: Attempt, report: Report): Promise<void> {
  await update(attempt, { report });
}

/** While the operation waits: renews the hold, and stops it when it was cancelled. */
export function watchJournal(attempt: Attempt, stop: (cancel: NonNullable<JournalEntry['cancel']>) => void): void {
  const { books, house } = attempt;
  let isLooking = false;
  const look = async () => {
    isLooking = true;
    const entry = await lookAgain(attempt).catch(() => undefined);
    isLooking = false;
    if (entry?.cancel !== undefined) stop(entry.cancel);
  };
  books.timer = setInterval(() => {
    // A look behind a slow one would still be looking when the operation's own time is over.
    if (!isLooking) books.looking = look();
  }, house.lookMs ?? LOOK_MS);
  books.timer.unref();
}

export async function unwatchJournal({ books }: Attempt): Promise<void> {
  clearInterval(books.timer);
  books.watching.abort();
  await Promise.all([books.looking, books.noting]);
}

/** Renews the hold where little of it is left; else only reads. */
async function lookAgain(attempt: Attempt): Promise<JournalEntry | undefined> {
  const { books, house, id, holder, plainConnection, service, door } = attempt;
  if (!books.isOpen) return undefined;
  const { signal } = books.watching;
  const stoppable: Connection = { ...plainConnection, send: (call) => plainConnection.send({ ...call, signal }) };
  // What is known of the entry stays known where this fails.
  books.kept = await readKeptJournal(stoppable, service);
  const renew = (journal: Journal): Journal | undefined => {
    const entry = entryOf(journal, id);
    if (entry?.holder !== holder || entry.heldUntil - house.now() > RENEW_BELOW_MS) return undefined;
    return changed(journal, id, { heldUntil: house.now() + HOLD_MS, ...soFar(attempt) });
  };
  const patience = patienceOf(house, door.deadline, { signal });
  books.kept = await changeJournal(stoppable, service, renew, patience, books.kept);
  return entryIn(attempt);
}

/**
 * Beside the wait: should this process die, and a person take back by hand what it wrote, the next process knows that it
 * was written once. Where that can't be noted now, the next renewal does it.
 */
export function noteWrites(attempt: Attempt): void {
  const { books, door, house } = attempt;
  if (door.hasTick !== true) return;
  const deadline = house.now() + LAST_WRITE_MS;
  const note = () => update(attempt, soFar(attempt), deadline).catch(() => {});
  books.noting = (books.noting ?? Promise.resolve()).then(note);
}

/** The next process need not take the evidence again: said with the next write. */
function soFar(attempt: Attempt): Pick<JournalEntry, 'written' | 'evidence'> {
  const entry = entryIn(attempt);
  const written = [...new Set([...(entry?.written ?? []), ...attempt.writes.done.map(({ key }) => key)])];
  const evidence = [...new Set([...(entry?.evidence ?? []), ...attempt.books.evidence])];
  return { ...(written.length > 0 && { written }), ...(evidence.length > 0 && { evidence }) };
}

/** The reminders that ask what to do with the pods, where the outcome is the answer. */
export function answeredReminders(attempt: Attempt, outcome: ChangeOutcome): readonly Reminder[] {
  const { request, books } = attempt;
  if (outcome.kind !== 'done' || operationNamed(request.command).lookAfter === 'begins') return [];
  return donePods(outcome.plan).flatMap(({ uid, name }) => {
    const note = books.kept?.journal.drains.find(({ pod }) => pod.uid === uid);
    return note?.reminder?.message === undefined ? [] : { ...note.reminder.message, pod: name };
  });
}

/**
 * Before people are told that nothing was changed: from then on nothing is changed, also where this process dies before it
 * has closed the entry. Where that can't be noted the tick will continue, and that is told.
 */
export async function decide(attempt: Attempt, outcome: ChangeOutcome): Promise<ChangeOutcome> {
  const { books, door, house, asker, holder } = attempt;
  if (!books.isOpen || door.hasTick !== true || entryIn(attempt)?.decided !== undefined) return outcome;
  const message = messageOf(outcome);
  const decided = { kind: endOf(outcome, asker.resumes !== undefined) ?? 'failed', at: house.now(), message };
  try {
    await update(attempt, { decided }, lastMoment(attempt));
    const entry = entryIn(attempt);
    // Another process has taken it over meanwhile, and may write.
    return entry === undefined || entry.holder === holder ? outcome : { kind: 'running', entry };
  } catch (error) {
    if (!(error instanceof ClusterError)) throw error;
    const { operation } = outcome as Partial<Failed>;
    return {
      kind: 'failed',
      ...(operation !== undefined && { operation }),
      message: `${message} ${TRIED_AGAIN}`,
      stands: [],
      undo: [],
    };
  }
}

/** As long as an earlier process's work can't be looked at for now, the next process is to find out. */
export function isWorthAnotherLook(attempt: Attempt): boolean {
  const { books, house } = attempt;
  const openMs = OPEN_MS + podsOf(attempt).length * OPEN_MS_PER_POD;
  return books.isOpen && house.now() - (entryIn(attempt)?.at ?? 0) <= openMs;
}

/** Leaves the operation to the tick. */
export async function leave(attempt: Attempt): Promise<void> {
  const written = hasWritten(attempt) ? soFar(attempt) : {};
  await atLast(attempt, () => update(attempt, { heldUntil: 0, ...written }));
}

/** Closes the entry as the outcome says. What had no effect is forgotten, so that its id may be used again. */
export async function close(attempt: Attempt, outcome: ChangeOutcome): Promise<void> {
  const { books, house, id, holder, asker, door } = attempt;
  if (!books.isOpen) return;
  const isTold = door.reporter?.ended !== undefined;
  const kind = outcome.kind === 'cancelled' ? outcome.entry.ended?.kind : endOf(outcome, asker.resumes !== undefined);
  const end = { at: house.now(), message: messageOf(outcome) };
  const pods = outcome.kind === 'done' ? { pods: donePods(outcome.plan) } : {};
  const isAdmin = entryIn(attempt)?.role === 'admin' && asker.role === 'admin';
  await atLast(attempt, async () => {
    await change(
      attempt,
      (journal) => {
        const entry = entryOf(journal, id);
        // The process that has taken it over meanwhile ends it.
        if (entry?.holder !== holder || entry.ended !== undefined) return undefined;
        return kind === undefined ? dropped(journal, id) : ended(journal, id, { kind, ...end }, { isTold, ...pods });
      },
      lastMoment(attempt),
    );
    if (isAdmin) await changeAdmins(attempt, (journal) => (entryOf(journal, id) ? dropped(journal, id) : undefined));
  });
  books.isOpen = false;
}

/** The pods that were not left out. */
function donePods({ operation, checks }: Plan) {
  const left = new Set(checks.filter(({ level }) => level === 'leftOut').map(({ pod }) => pod));
  return podsIn(operation.subject).filter(({ name }) => !left.has(name));
}

async function update(attempt: Attempt, what: Partial<JournalEntry>, deadline?: number): Promise<void> {
  const { books, id, holder } = attempt;
  if (!books.isOpen) return;
  await change(
    attempt,
    (journal) => (entryOf(journal, id)?.holder === holder ? changed(journal, id, what) : undefined),
    deadline,
  );
}

async function change(
  { books, house, plainConnection, service, door }: Attempt,
  how: (journal: Journal) => Journal | undefined,
  deadline = door.deadline,
): Promise<void> {
  const patience = patienceOf(house, deadline);
  books.kept = await changeJournal(patiently(plainConnection, patience), service, how, patience, books.kept);
}

function lastMoment({ house, door }: Attempt): number {
  return Math.max(door.deadline, house.now() + LAST_WRITE_MS);
}

/** The end of an operation is written down even when its time is over; where that fails, the tick does it. */
async function atLast({ books }: Attempt, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof ClusterError)) throw error;
    books.kept = undefined;
  }
}
