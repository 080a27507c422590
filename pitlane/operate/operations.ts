import type { Connection } from '../cluster/connection.ts';
import { changeJournal, readKeptJournal } from '../cluster/journal.ts';
import type { CancelRequest } from '../command/request.ts';
import type { ServiceConfig } from '../config/config.ts';
import type { JournalEntry } from '../journal/entry.ts';
import { changed, underWay } from '../journal/journal.ts';
import { podsIn } from '../rotation/plan.ts';
import { resolvePod } from '../rotation/target.ts';
import type { Asker } from './asker.ts';
import { type House, patienceOf } from './house.ts';
import type { NotUnderstood, NotUnderstoodCode, OperationsList } from './outcome.ts';
import { notUnderstood } from './problems.ts';

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
      found = theOneMeant(underWay(journal), request);
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
function theOneMeant(
  open: readonly JournalEntry[],
  { operation, service }: CancelRequest,
): JournalEntry | NotUnderstood {
  if (open.length === 0)
    return notUnderstood('NoOperations', `No operation of ${service} is under way, so there is none to cancel.`, [
      'operations',
    ]);
  if (operation === undefined) {
    const [only, ...others] = open;
    return only !== undefined && others.length === 0
      ? only
      : several('OperationAmbiguous', `${open.length} operations are under way.`, open);
  }
  const byId = open.find(({ id }) => id === operation);
  if (byId !== undefined) return byId;
  const pods = open.flatMap(({ subject }) => podsIn(subject));
  const resolved = resolvePod(operation, pods);
  const named = resolved.kind === 'found' ? [resolved.pod] : resolved.kind === 'ambiguous' ? resolved.candidates : [];
  const meant = open.filter(({ subject }) => podsIn(subject).some(({ uid }) => named.some((pod) => pod.uid === uid)));
  const [only, ...others] = meant;
  if (only === undefined)
    return several('OperationUnknown', `No operation under way has the id or a pod of the name ${operation}.`, open);
  return others.length === 0
    ? only
    : several('OperationAmbiguous', `${meant.length} operations under way fit ${operation}.`, meant);
}

function several(code: NotUnderstoodCode, message: string, entries: readonly JournalEntry[]): NotUnderstood {
  return notUnderstood(
    code,
    message,
    entries.slice(0, 5).map(({ id }) => `cancel ${id}`),
  );
}
