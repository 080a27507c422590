import { createHash } from 'node:crypto';
import { Forbidden } from '../cluster/errors.ts';
import { adminJournalOf, changeJournal } from '../cluster/journal.ts';
import { patiently } from '../cluster/retry.ts';
import type { Journal, JournalEntry } from '../journal/entry.ts';
import { begin, type Known, lookUp, takeUp } from '../journal/journal.ts';
import { roleFor } from '../operations/table.ts';
import type { Plan } from '../rotation/plan.ts';
import type { Asker } from './asker.ts';
import { type Attempt, podsLeftOut } from './attempt.ts';
import { patienceOf } from './house.ts';
import { changeEntry, entryIn, HOLD_MS, lastMoment } from './own-entry.ts';

/** How to find the asker's request in the journal. */
export function meantBy({ payload, resumes }: Asker): Parameters<typeof lookUp>[2] {
  const digest = payload === undefined ? undefined : createHash('sha256').update(payload).digest('hex').slice(0, 16);
  return { isResumed: resumes !== undefined, ...(digest !== undefined && { digest }) };
}

/**
 * Enters the operation into the journal, or takes over the one that was left. `plan` is absent where an operation of the
 * journal is taken over before the first look. The answer says whether this process may continue.
 */
export async function enter(attempt: Attempt, plan?: Plan): Promise<Known['kind']> {
  const { ownEntry, house, id, holder, asker, door } = attempt;
  if (ownEntry.isOpen || ownEntry.isOff) return 'new';
  const meant = meantBy(asker);
  let known = { kind: 'new' } as Known;
  try {
    await changeEntry(attempt, (journal) => {
      const now = house.now();
      known = lookUp(journal, id, meant, now);
      switch (known.kind) {
        case 'running':
          // Written by this process, but the answer was lost.
          if (known.entry.holder === holder)
            known = asker.resumes === undefined ? { kind: 'new' } : { ...known, kind: 'left' };
          return undefined;
        case 'left':
          // What has ended is tried again; what has not keeps to what was decided, and cancelled.
          return known.entry.ended === undefined || plan === undefined
            ? takeUp(journal, { ...known.entry, holder, heldUntil: now + HOLD_MS }, now)
            : begin(journal, { ...newEntry(attempt, plan), ...doneBefore(known.entry) }, now);
        case 'new':
          return plan && begin(journal, newEntry(attempt, plan), now);
        default:
          return undefined;
      }
    });
  } catch (error) {
    if (door.hasTick || !(error instanceof Forbidden)) throw error;
    ownEntry.isOff = true;
    return 'new';
  }
  const entry = entryIn(attempt);
  ownEntry.isOpen = known.kind === 'left' || (known.kind === 'new' && entry !== undefined);
  if (ownEntry.isOpen && entry !== undefined && asker.resumes === undefined && isAdmins(attempt))
    await changeAdmins(attempt, (journal) => takeUp(journal, entry, entry.at));
  return known.kind;
}

function newEntry(attempt: Attempt, plan: Plan): JournalEntry {
  const { id, holder, asker, confirmed, house } = attempt;
  const { pods: _, selector: __, node: ___, ...asked } = attempt.request;
  const { digest } = meantBy(asker);
  const now = house.now();
  const warnings = plan.checks.filter(({ level }) => level === 'warning').map(({ code }) => code);
  const leftOut = podsLeftOut(plan).map(({ uid }) => uid);
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
    ...(leftOut.length > 0 && { leftOut }),
    holder,
    heldUntil: now + HOLD_MS,
  };
}

/** What an attempt before this one has done, and where it is reported. */
function doneBefore({ written, evidence, report }: JournalEntry): Partial<JournalEntry> {
  return { ...(written && { written }), ...(evidence && { evidence }), ...(report && { report }) };
}

/** It takes an admin, and a tick may have to resume it as one. */
function isAdmins({ request, door }: Attempt): boolean {
  return door.hasTick === true && roleFor(request) === 'admin';
}

/** Only an admin may write there: so the tick believes what it finds. */
export async function changeAdmins(attempt: Attempt, how: (journal: Journal) => Journal | undefined): Promise<void> {
  const { plainConnection, service, house } = attempt;
  const patience = patienceOf(house, lastMoment(attempt));
  await changeJournal(patiently(plainConnection, patience), adminJournalOf(service), how, patience);
}
