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
 * With a new operation, or one that is tried anew, held by its process. Whatever else is open on the same pod is to end:
 * it would undo the new one, or report of what is no longer so.
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

/** More time for a pod takes nothing back of what is under way on it; nor does the same, asked for by somebody else. */
function isInTheWay(other: JournalEntry, { pod, request: { command } }: JournalEntry): boolean {
  const isSame = other.request.command === command;
  return other.ended === undefined && other.pod.uid === pod.uid && command !== 'extend' && !isSame;
}

function superseded(other: JournalEntry, { id, by, request }: JournalEntry, now: number): JournalEntry {
  const message = `${by} has asked to ${request.command} ${other.pod.name} since (operation ${id}), so this one was not gone on with.`;
  // Whoever is at work on it ends it; where people read how it goes, the tick does, and tells them.
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
 * With the operation ended. A pod that was drained is looked after from then on; one that has more time anew, whatever was
 * said of it before; one that is back or deleted no more. `isTold`: the reminder that asked about it says so already.
 */
export function ended(journal: Journal, id: string, end: NonNullable<JournalEntry['ended']>, isTold: boolean): Journal {
  const entry = entryOf(journal, id);
  const closed = changed(journal, id, { ended: end, heldUntil: 0 });
  const isDone = end.kind === 'done' && entry !== undefined;
  const drains = isDone ? drainsAfter(entry, journal.drains, isTold) : journal.drains;
  return pruned({ ...closed, drains }, end.at);
}

function drainsAfter(
  { id, request: { command }, pod, by, at, report }: JournalEntry,
  drains: Journal['drains'],
  isTold: boolean,
): Journal['drains'] {
  const others = drains.filter((note) => note.pod.uid !== pod.uid);
  if (command === 'drain') return [...others, { pod, id, by, at, ...(report === undefined ? {} : { report }) }];
  const own = drains.find((note) => note.pod.uid === pod.uid);
  if (own === undefined) return drains;
  const { reminder, closed: _, ...anew } = own;
  if (reminder?.message !== undefined && !isTold) return [...others, { ...anew, reminder, answered: { command, by } }];
  return command === 'extend' ? [...others, anew] : others;
}

/** Whether pitlane has put the pod back, or deleted it, since. */
export function isOver({ operations }: Journal, { uid }: PodRef, since: number): boolean {
  return operations.some(
    ({ pod, request: { command }, ended: end }) =>
      pod.uid === uid && (command === 'restore' || command === 'finish') && end?.kind === 'done' && end.at >= since,
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
