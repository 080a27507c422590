import type { Connection } from '../cluster/connection.ts';
import { Forbidden } from '../cluster/errors.ts';
import { changeJournal, readKeptJournal } from '../cluster/journal.ts';
import type { CancelRequest } from '../command/request.ts';
import type { ServiceConfig } from '../config/config.ts';
import { EMPTY_JOURNAL, type Journal, type JournalEntry } from '../journal/entry.ts';
import { changed, type Known, lookUp, underWay } from '../journal/journal.ts';
import { podsIn } from '../rotation/plan.ts';
import { resolvePod } from '../rotation/target.ts';
import type { Asker } from './asker.ts';
import { meantBy } from './enter.ts';
import { type House, idOf, patienceOf } from './house.ts';
import type { NotUnderstood, NotUnderstoodCode, OperationsList, Repeated, Running } from './outcome.ts';
import { notUnderstood } from './problems.ts';
import { outcomeOfKnown } from './words.ts';

/** What is under way, and what has ended within the time for which ids are known. */
export async function listOperations(
  connection: Connection,
  service: ServiceConfig,
  now: number,
): Promise<OperationsList> {
  const { journal } = await readKeptJournal(connection, service);
  const over = journal.operations.filter(({ ended }) => ended !== undefined);
  return {
    kind: 'operations',
    service: service.key,
    at: now,
    underWay: underWay(journal),
    ended: [...over].sort((a, b) => (b.ended?.at ?? 0) - (a.ended?.at ?? 0)),
  };
}

/** The request was begun already, or carried out. Undefined: it is new, or the journal may not be read. */
export async function knownAlready(
  house: House,
  connection: Connection,
  service: ServiceConfig,
  asker: Asker,
): Promise<Extract<Known, { kind: 'left' }> | Running | Repeated | NotUnderstood | undefined> {
  const journal = await journalIfAny(connection, service);
  const known = lookUp(journal, idOf(asker), meantBy(asker), house.now());
  if (known.kind === 'new') return undefined;
  return known.kind === 'left' ? known : outcomeOfKnown(known);
}

/** A change that needs the journal fails when it comes to write to it; a look does not. */
async function journalIfAny(connection: Connection, service: ServiceConfig): Promise<Journal> {
  try {
    return (await readKeptJournal(connection, service)).journal;
  } catch (error) {
    if (error instanceof Forbidden) return EMPTY_JOURNAL;
    throw error;
  }
}

export type Cancelling =
  /** Its process was told, and will say itself how it ended. */
  | { readonly kind: 'told'; readonly entry: JournalEntry }
  /** Nobody is at work on it: it is to be taken up, to be ended. */
  | { readonly kind: 'left'; readonly entry: JournalEntry }
  | NotUnderstood;

/** Says in the journal that an operation is to be ended where it stands. */
export async function cancelOperation(
  house: House,
  connection: Connection,
  service: ServiceConfig,
  request: CancelRequest,
  asker: Asker,
  deadline: number,
): Promise<Cancelling> {
  let found = undefined as JournalEntry | NotUnderstood | undefined;
  await changeJournal(
    connection,
    service,
    (journal) => {
      found = findMatching(underWay(journal), request);
      if ('kind' in found || found.cancel !== undefined) return undefined;
      const cancel = { by: asker.by, at: house.now() };
      found = { ...found, cancel };
      return changed(journal, found.id, { cancel });
    },
    patienceOf(house, deadline),
  );
  const entry = found as JournalEntry | NotUnderstood;
  if ('kind' in entry) return entry;
  return { kind: entry.heldUntil > house.now() ? 'told' : 'left', entry };
}

/** By its id, or by its pod's name or a part of it; without either the only one. */
function findMatching(
  open: readonly JournalEntry[],
  { operation, service }: CancelRequest,
): JournalEntry | NotUnderstood {
  if (open.length === 0)
    return notUnderstood('NoOperations', `${service} has no operation in progress.`, ['operations']);
  if (operation === undefined) {
    const [only, ...others] = open;
    return only !== undefined && others.length === 0
      ? only
      : several('OperationAmbiguous', `${open.length} operations are in progress. Which one?`, open);
  }
  const byId = open.find(({ id }) => id === operation);
  if (byId !== undefined) return byId;
  const pods = open.flatMap(({ subject }) => podsIn(subject));
  const resolved = resolvePod(operation, pods);
  const named = resolved.kind === 'found' ? [resolved.pod] : resolved.kind === 'ambiguous' ? resolved.candidates : [];
  const meant = open.filter(({ subject }) => podsIn(subject).some(({ uid }) => named.some((pod) => pod.uid === uid)));
  const [only, ...others] = meant;
  if (only === undefined)
    return several(
      'OperationUnknown',
      `No operation in progress has the id ${operation}, or a pod of that name.`,
      open,
    );
  return others.length === 0
    ? only
    : several('OperationAmbiguous', `${operation} matches ${meant.length} operations in progress. Which one?`, meant);
}

function several(code: NotUnderstoodCode, message: string, entries: readonly JournalEntry[]): NotUnderstood {
  return notUnderstood(
    code,
    message,
    entries.slice(0, 5).map(({ id }) => `cancel ${id}`),
  );
}
