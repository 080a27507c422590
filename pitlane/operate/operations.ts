import { changeJournal, readKeptJournal } from '../cluster/journal.ts';
import type { CancelRequest, HistoryRequest } from '../command/request.ts';
import type { JournalEntry } from '../journal/entry.ts';
import { changesOf } from '../journal/history.ts';
import { changed, underWay } from '../journal/journal.ts';
import { podsIn } from '../rotation/plan.ts';
import type { PodRef } from '../rotation/snapshot.ts';
import { resolvePod } from '../rotation/target.ts';
import { onlyOf, type Person, personOf } from '../text/words.ts';
import { type OpenService, patienceOf } from './house.ts';
import type { History, NotUnderstood, NotUnderstoodCode, OperationsList } from './outcome.ts';
import { notUnderstood } from './problems.ts';

/** The operations in progress, and those that have ended in the last 24 hours. */
export async function listOperations({ house, connection, service }: OpenService): Promise<OperationsList> {
  const { journal } = await readKeptJournal(connection, service);
  const over = journal.operations.filter(({ ended }) => ended !== undefined);
  return {
    kind: 'operations',
    service: service.key,
    at: house.now(),
    underWay: underWay(journal),
    ended: [...over].sort((a, b) => (b.ended?.at ?? 0) - (a.ended?.at ?? 0)),
  };
}

/** The last changes. */
export async function listChanges(
  { house, connection, service }: OpenService,
  { last }: HistoryRequest,
): Promise<History> {
  const { journal } = await readKeptJournal(connection, service);
  return { kind: 'history', service: service.key, at: house.now(), changes: changesOf(journal), last };
}

export type Cancelling =
  /** Its process was told, and reports the end itself. */
  | { readonly kind: 'told'; readonly entry: JournalEntry }
  /** No process works on it: the caller has to resume it, to end it. */
  | { readonly kind: 'left'; readonly entry: JournalEntry }
  | NotUnderstood;

/** Marks an operation as cancelled in the journal. */
export async function cancelOperation(
  { house, connection, service }: OpenService,
  request: CancelRequest,
  asker: Person,
  deadline: number,
): Promise<Cancelling> {
  let found = undefined as JournalEntry | NotUnderstood | undefined;
  await changeJournal(
    connection,
    service,
    (journal) => {
      found = findMatching(underWay(journal), request);
      if ('kind' in found || found.cancel !== undefined) return undefined;
      const cancel = { ...personOf(asker), at: house.now() };
      found = { ...found, cancel };
      return changed(journal, found.id, { cancel });
    },
    patienceOf(house, deadline),
  );
  const entry = found as JournalEntry | NotUnderstood;
  if ('kind' in entry) return entry;
  return { kind: entry.heldUntil > house.now() ? 'told' : 'left', entry };
}

/** Matches the id, or a pod's name or a part of it. Without either, the only operation matches. */
function findMatching(
  open: readonly JournalEntry[],
  { operation, service }: CancelRequest,
): JournalEntry | NotUnderstood {
  if (open.length === 0)
    return notUnderstood('NoOperations', `No operation of ${service} is in progress.`, ['operations']);
  if (operation === undefined)
    return onlyOf(open) ?? several('OperationAmbiguous', `${open.length} operations are in progress.`, open);
  const { entries: meant } = matching(open, operation);
  if (meant.length === 0) return several('OperationUnknown', `No operation in progress matches ${operation}.`, open);
  const message = `${meant.length} operations in progress match ${operation}.`;
  return onlyOf(meant) ?? several('OperationAmbiguous', message, meant);
}

function several(code: NotUnderstoodCode, message: string, entries: readonly JournalEntry[]): NotUnderstood {
  const instead = entries.slice(0, 5).map(({ id }) => `cancel ${id}`);
  return notUnderstood(code, message, instead);
}

/** An operation that a person may name. */
export type Given = Pick<JournalEntry, 'id' | 'request' | 'subject'>;

/** The operations with that id, or about that pod; `ambiguous`: the word fits several pods. */
type Matching<E extends Given> =
  | { readonly kind: 'found'; readonly entries: readonly E[] }
  | { readonly kind: 'ambiguous'; readonly entries: readonly E[]; readonly pods: readonly PodRef[] };

/** Finds operations by their id, or by a pod's name or a part of it. */
export function matching<E extends Given>(entries: readonly E[], word: string): Matching<E> {
  const byId = entries.find(({ id }) => id === word);
  if (byId !== undefined) return { kind: 'found', entries: [byId] };
  const pods = new Map(entries.flatMap(({ subject }) => podsIn(subject)).map((pod) => [pod.uid, pod]));
  const resolved = resolvePod(word, [...pods.values()]);
  const named = resolved.kind === 'found' ? [resolved.pod] : resolved.kind === 'ambiguous' ? resolved.candidates : [];
  const uids = new Set(named.map(({ uid }) => uid));
  const found = entries.filter(({ subject }) => podsIn(subject).some(({ uid }) => uids.has(uid)));
  return resolved.kind === 'ambiguous'
    ? { kind: 'ambiguous', entries: found, pods: named }
    : { kind: 'found', entries: found };
}
