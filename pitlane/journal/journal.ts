import { operationNamed } from '../operations/table.ts';
import { podsIn, subjectText } from '../rotation/plan.ts';
import type { PodRef } from '../rotation/snapshot.ts';
import type { Journal, JournalEntry } from './entry.ts';

/** As long the id of a request that has ended is known, so that it is not carried out again. */
const KNOWN_MS = 24 * 3_600_000;
/** What is still open then has been forgotten by everybody. */
const OPEN_MS = KNOWN_MS;
const MOST_ENDED = 1_000;
/** A ConfigMap holds at most 1 MiB (core/validation, MaxSecretSize): half of it is left to what is open and to drained pods. */
const MOST_BYTES_ENDED = 512 * 1024;

/** How it stands with the id of a request. */
export type Known =
  | { readonly kind: 'new' }
  /** Nobody is at work on it: it may be taken up. */
  | { readonly kind: 'left'; readonly entry: JournalEntry }
  | { readonly kind: 'running'; readonly entry: JournalEntry }
  | { readonly kind: 'repeated'; readonly entry: JournalEntry }
  /** The id was used for something else. */
  | { readonly kind: 'another'; readonly entry: JournalEntry };

export function lookUp(
  journal: Journal,
  id: string,
  { digest, isResumed }: { readonly digest?: string; readonly isResumed: boolean },
  now: number,
): Known {
  const entry = entryOf(journal, id);
  if (entry === undefined) return { kind: 'new' };
  if (digest !== undefined && entry.digest !== digest) return { kind: 'another', entry };
  if (entry.ended !== undefined) {
    // The same request again goes on from where the first one got to.
    const isTriedAgain = !isResumed && (entry.ended.kind === 'failed' || entry.ended.kind === 'givenUp');
    return { kind: isTriedAgain ? 'left' : 'repeated', entry };
  }
  return { kind: entry.heldUntil > now ? 'running' : 'left', entry };
}

export function entryOf({ operations }: Journal, id: string): JournalEntry | undefined {
  return operations.find((entry) => entry.id === id);
}

/**
 * With a new operation, or one that is tried again, held by its process. Open operations that it supersedes are to end:
 * they would undo it, or report what is no longer so.
 */
export function begin(journal: Journal, entry: JournalEntry, now: number): Journal {
  const operations = journal.operations.map((other) =>
    other.id !== entry.id && isInTheWay(other, entry) ? superseded(other, entry, now) : other,
  );
  return takeUp({ ...journal, operations }, entry, now);
}

/** With an operation that was left, held by the process that goes on with it: what was asked since stays as it is. */
export function takeUp(journal: Journal, entry: JournalEntry, now: number): Journal {
  const others = journal.operations.filter(({ id }) => id !== entry.id);
  return pruned({ ...journal, operations: [...others, entry] }, now);
}

/**
 * Whether the new operation takes the place of the other: it is about all of the other's pods. Where it is about some of
 * them, the other one leaves those out by itself, because what it wrote on them no longer stands.
 */
function isInTheWay(other: JournalEntry, entry: JournalEntry): boolean {
  const { command } = entry.request;
  const isSame = other.request.command === command;
  if (other.ended !== undefined || isSame || operationNamed(command).meets === 'independent') return false;
  if (other.subject.kind !== entry.subject.kind) return false;
  const uids = new Set(podsIn(entry.subject).map(({ uid }) => uid));
  return podsIn(other.subject).every(({ uid }) => uids.has(uid));
}

function superseded(other: JournalEntry, { id, by, request }: JournalEntry, now: number): JournalEntry {
  const what = `${request.command} of ${subjectText(other.subject)}`;
  const message = `Superseded by ${by}'s ${what} (operation ${id}).`;
  // The process that works on it ends it; where people read its progress, the tick does, and tells them.
  return other.heldUntil > now || other.report?.ts !== undefined
    ? { ...other, cancel: other.cancel ?? { by, at: now, instead: id, to: request.command } }
    : { ...other, ended: { kind: 'superseded', at: now, message } };
}

/** With the entry changed; as it was where there is none of that id. */
export function changed(journal: Journal, id: string, change: Partial<JournalEntry>): Journal {
  return {
    ...journal,
    operations: journal.operations.map((entry) => (entry.id === id ? { ...entry, ...change } : entry)),
  };
}

/** Without an operation that came to nothing: its id may be used again, for what is asked in its place. */
export function dropped(journal: Journal, id: string): Journal {
  return { ...journal, operations: journal.operations.filter((entry) => entry.id !== id) };
}

/**
 * With the operation ended. Pods that were drained are looked after from then on; those that have more time anew, whatever
 * was said of them before; those that are back or deleted no more. `pods`: those that it was done on. `isTold`: the
 * reminder that asked about them says so already.
 */
export function ended(
  journal: Journal,
  id: string,
  end: NonNullable<JournalEntry['ended']>,
  { isTold, pods }: { readonly isTold: boolean; readonly pods?: readonly PodRef[] },
): Journal {
  const entry = entryOf(journal, id);
  const closed = changed(journal, id, { ended: end, heldUntil: 0 });
  if (end.kind !== 'done' || entry === undefined) return pruned(closed, end.at);
  const done = pods ?? podsIn(entry.subject);
  const drains = done.reduce((notes, pod) => drainsAfter(entry, pod, notes, isTold), journal.drains);
  return pruned({ ...closed, drains }, end.at);
}

function drainsAfter(
  { id, request: { command }, by, at, report }: JournalEntry,
  pod: PodRef,
  drains: Journal['drains'],
  isTold: boolean,
): Journal['drains'] {
  const { lookAfter } = operationNamed(command);
  const others = drains.filter((note) => note.pod.uid !== pod.uid);
  if (lookAfter === 'begins') return [...others, { pod, id, by, at, ...(report === undefined ? {} : { report }) }];
  const own = drains.find((note) => note.pod.uid === pod.uid);
  if (own === undefined || lookAfter === undefined) return drains;
  const { reminder, closed: _, ...anew } = own;
  if (reminder?.message !== undefined && !isTold) return [...others, { ...anew, reminder, answered: { command, by } }];
  return lookAfter === 'prolongs' ? [...others, anew] : others;
}

/** Whether pitlane has put the pod back, or deleted it, since. */
export function isOver({ operations }: Journal, { uid }: PodRef, since: number): boolean {
  return operations.some(
    ({ subject, request: { command }, ended: end }) =>
      podsIn(subject).some((pod) => pod.uid === uid) &&
      operationNamed(command).lookAfter === 'ends' &&
      end?.kind === 'done' &&
      end.at >= since,
  );
}

/** Under way, the oldest first. */
export function underWay({ operations }: Journal): readonly JournalEntry[] {
  return operations.filter(({ ended: end }) => end === undefined).sort((a, b) => a.at - b.at);
}

/** Without what nobody asks about any more. */
function pruned(journal: Journal, now: number): Journal {
  const open = journal.operations.filter(({ ended: end, at }) => end === undefined && now - at < OPEN_MS);
  const over = journal.operations
    .filter(({ ended: end }) => end !== undefined && now - end.at < KNOWN_MS)
    .sort((a, b) => (a.ended?.at ?? 0) - (b.ended?.at ?? 0))
    .slice(-MOST_ENDED);
  return { ...journal, operations: [...lastOf(over), ...open] };
}

/** As many as there is room for, from the end. */
function lastOf(over: readonly JournalEntry[]): readonly JournalEntry[] {
  let left = MOST_BYTES_ENDED;
  const last = over.findLastIndex((entry) => {
    left -= Buffer.byteLength(JSON.stringify(entry));
    return left < 0;
  });
  return over.slice(last + 1);
}
