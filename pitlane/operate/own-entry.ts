import { createHash } from 'node:crypto';
import type { Connection } from '../cluster/connection.ts';
import { Forbidden } from '../cluster/errors.ts';
import { adminJournalOf, changeJournal, readKeptJournal } from '../cluster/journal.ts';
import { patiently } from '../cluster/retry.ts';
import type { Journal, JournalEntry } from '../journal/entry.ts';
import { begin, changed, entryOf, isSameOperation, type Known, lookUp, putEntry } from '../journal/journal.ts';
import { roleFor } from '../operations/table.ts';
import { type Plan, podsLeftOut } from '../rotation/plan.ts';
import { personOf } from '../text/words.ts';
import type { Asker } from './asker.ts';
import { type Attempt, isBlind } from './attempt.ts';
import { patienceOf } from './house.ts';
import { isWarning } from './words.ts';

/** How long a process may be silent before the tick takes over its operation. */
const HOLD_MS = 60_000;
/** How often a waiting process checks for a cancellation, and renews its hold. */
const LOOK_MS = 5_000;
const RENEW_BELOW_MS = 40_000;
/** For a write to the journal after the operation's own time, or after it was told to stop. */
const LAST_WRITE_MS = 5_000;

/** The operation's entry as last seen. */
export function entryIn({ ownEntry, id }: Pick<Attempt, 'ownEntry' | 'id'>): JournalEntry | undefined {
  return ownEntry.kept && entryOf(ownEntry.kept.journal, id);
}

/** Identifies the asker's request in the journal. */
export function meantBy({ payload, resumes }: Asker): Parameters<typeof lookUp>[2] {
  const digest = payload === undefined ? undefined : createHash('sha256').update(payload).digest('hex').slice(0, 16);
  return { isResumed: resumes !== undefined, ...(digest !== undefined && { digest }) };
}

/**
 * Enters the operation into the journal, or takes over its entry. Without a plan only an existing entry is taken over.
 * This process may continue if the answer is `new` or `left`.
 */
export async function enter(attempt: Attempt, plan?: Plan): Promise<Known['kind']> {
  const { ownEntry, house, id, holder, asker } = attempt;
  if (ownEntry.isOpen || ownEntry.isOff) return 'new';
  const meant = meantBy(asker);
  let known = { kind: 'new' } as Known;
  try {
    await changeEntry(attempt, (journal) => {
      const now = house.now();
      known = lookUp(journal, id, meant, now);
      switch (known.kind) {
        case 'running':
          // This process has written it, but the answer was lost.
          if (known.entry.holder === holder)
            known = asker.resumes === undefined ? { kind: 'new' } : { ...known, kind: 'left' };
          return undefined;
        case 'left': {
          const { entry } = known;
          // The admin's rights are for the operation that the journal of admin operations has confirmed.
          if (asker.resumes !== undefined && asker.role === 'admin' && !isSameOperation(asker.resumes, entry)) {
            known = { ...known, kind: 'running' };
            return undefined;
          }
          const { written, evidence, report } = entry;
          const before = { ...(written && { written }), ...(evidence && { evidence }), ...(report && { report }) };
          // An operation that has ended is tried again. One that has not keeps its decision and cancellation.
          return entry.ended === undefined || plan === undefined
            ? putEntry(journal, { ...entry, holder, heldUntil: now + HOLD_MS }, now)
            : begin(journal, { ...newEntry(attempt, plan), ...before }, now);
        }
        case 'new':
          return plan && begin(journal, newEntry(attempt, plan), now);
        default:
          return undefined;
      }
    });
  } catch (error) {
    if (house.hasTick || !(error instanceof Forbidden)) throw error;
    ownEntry.isOff = true;
    return 'new';
  }
  const entry = entryIn(attempt);
  ownEntry.isOpen = known.kind === 'left' || (known.kind === 'new' && entry !== undefined);
  if (ownEntry.isOpen && entry !== undefined && asker.resumes === undefined && isAdmins(attempt))
    await changeAdmins(attempt, (journal) => putEntry(journal, entry, entry.at));
  return known.kind;
}

function newEntry(attempt: Attempt, plan: Plan): JournalEntry {
  const { id, holder, asker, confirmed, house } = attempt;
  const { pods: _, selector: __, node: ___, ...rest } = attempt.request;
  // An operation on the service may be about pods of the future.
  const asked = plan.operation.subject.kind === 'pods' ? rest : attempt.request;
  const { digest } = meantBy(asker);
  const now = house.now();
  const leftOut = podsLeftOut(plan).map(({ uid }) => uid);
  return {
    v: 2,
    id,
    request: isAdmins(attempt) ? asked : { ...asked, force: false },
    subject: plan.operation.subject,
    role: isAdmins(attempt) ? 'admin' : 'operator',
    ...(digest !== undefined && { digest }),
    ...personOf(asker),
    at: now,
    ...(asker.report === undefined ? {} : { report: asker.report }),
    // A process that takes over needs one fingerprint, even if any plan was confirmed.
    ...(confirmed !== undefined && {
      confirmed: confirmed === 'any' ? plan.fingerprint : confirmed.fingerprint,
      accepted: [...new Set(plan.checks.filter(isWarning).map(({ code }) => code))],
    }),
    ...(leftOut.length > 0 && { leftOut }),
    opposite: plan.opposite,
    holder,
    heldUntil: now + HOLD_MS,
  };
}

/** The operation takes an admin, and a tick may have to resume it as one. */
function isAdmins({ request, house }: Attempt): boolean {
  return house.hasTick === true && roleFor(request) === 'admin';
}

/** Changes the journal that only admins may write, which is why the tick trusts it. */
export async function changeAdmins(attempt: Attempt, how: (journal: Journal) => Journal | undefined): Promise<void> {
  const { plainConnection, service, house } = attempt;
  const patience = patienceOf(house, lastMoment(attempt));
  await changeJournal(patiently(plainConnection, patience), adminJournalOf(service), how, patience);
}

/** While the operation waits: renews the hold, and stops the attempt once the operation is cancelled. */
export async function watchEntry(attempt: Attempt): Promise<void> {
  const { ownEntry, patience, stopping } = attempt;
  const { signal } = ownEntry.watching;
  for (;;) {
    await patience.sleep(LOOK_MS, signal);
    if (signal.aborted) return;
    const entry = await lookAgain(attempt).catch(() => undefined);
    if (entry?.cancel === undefined) continue;
    ownEntry.cancel = entry.cancel;
    // The work of an earlier process is observed first, so that the report can say what stands.
    if (!isBlind(attempt)) stopping.abort();
  }
}

/** Reads the entry, and renews the hold if little of it is left. */
async function lookAgain(attempt: Attempt): Promise<JournalEntry | undefined> {
  const { ownEntry, house, id, holder, plainConnection, service, door } = attempt;
  if (!ownEntry.isOpen) return undefined;
  const { signal } = ownEntry.watching;
  const stoppable: Connection = { ...plainConnection, send: (call) => plainConnection.send({ ...call, signal }) };
  // Kept even if the renewal fails.
  ownEntry.kept = await readKeptJournal(stoppable, service);
  const renew = (journal: Journal): Journal | undefined => {
    const entry = entryOf(journal, id);
    if (entry?.holder !== holder || entry.heldUntil - house.now() > RENEW_BELOW_MS) return undefined;
    return changed(journal, id, { heldUntil: house.now() + HOLD_MS, ...soFar(attempt) });
  };
  const patience = patienceOf(house, door.deadline, { signal });
  ownEntry.kept = await changeJournal(stoppable, service, renew, patience, ownEntry.kept);
  return entryIn(attempt);
}

/**
 * Notes the writes in the journal, beside the wait, so that the next process does not repeat a write that a person has
 * undone by hand. The next renewal notes them if this fails.
 */
export function noteWrites(attempt: Attempt): void {
  const { ownEntry, house } = attempt;
  if (house.hasTick !== true) return;
  const deadline = house.now() + LAST_WRITE_MS;
  ownEntry.noting = ownEntry.noting.then(() => updateEntry(attempt, soFar(attempt), deadline).catch(() => {}));
}

/** The writes, the kept evidence and the left-out pods, for the next process. */
export function soFar(attempt: Attempt): Pick<JournalEntry, 'written' | 'evidence' | 'leftOut'> {
  const { writes, ownEntry, plan } = attempt;
  const { written = [], evidence = [], leftOut = [] } = entryIn(attempt) ?? {};
  const all = {
    written: [...written, ...writes.done.map(({ key }) => key)],
    evidence: [...evidence, ...ownEntry.evidence],
    leftOut: [...leftOut, ...podsLeftOut(plan).map(({ uid }) => uid)],
  };
  const known = Object.entries(all).filter(([, texts]) => texts.length > 0);
  return Object.fromEntries(known.map(([key, texts]) => [key, [...new Set(texts)]]));
}

/** Changes the entry while this process holds it. */
export async function updateEntry(attempt: Attempt, what: Partial<JournalEntry>, deadline?: number): Promise<void> {
  const { ownEntry, id, holder } = attempt;
  if (!ownEntry.isOpen) return;
  await changeEntry(
    attempt,
    (journal) => (entryOf(journal, id)?.holder === holder ? changed(journal, id, what) : undefined),
    deadline,
  );
}

export async function changeEntry(
  { ownEntry, house, plainConnection, service, door }: Attempt,
  how: (journal: Journal) => Journal | undefined,
  deadline = door.deadline,
): Promise<void> {
  const patience = patienceOf(house, deadline);
  ownEntry.kept = await changeJournal(patiently(plainConnection, patience), service, how, patience, ownEntry.kept);
}

export function lastMoment({ house, door }: Attempt): number {
  return Math.max(door.deadline, house.now() + LAST_WRITE_MS);
}
