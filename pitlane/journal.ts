import type { ChangeRequest } from './command/request.ts';
import { isEntry, isNote } from './journal-items.ts';
import type { Report } from './rotation/plan.ts';
import type { PodRef } from './rotation/snapshot.ts';

/** How an operation ended, as the journal keeps it. */
export type EndKind = 'done' | 'failed' | 'refused' | 'cancelled' | 'superseded' | 'givenUp';

/** An operation of a service, under way or ended: what must survive the process that carries it out. */
export interface JournalEntry {
  /** The operation's id: the same for every delivery of the request. */
  readonly id: string;
  /** What was asked. Never with `force`: to set a refusal aside is for the moment of asking, and never taken from a record. */
  readonly request: ChangeRequest;
  /** Of the request as it came, to tell another one under the same id. Absent: its door gives no id twice. */
  readonly digest?: string;
  readonly pod: PodRef;
  readonly by: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly report?: Report;
  /** The fingerprint of what was confirmed, or `any`; absent: nothing had to be. */
  readonly confirmed?: string;
  /** Which process is, or was last, at work on it. */
  readonly holder: string;
  /** Until then that process is at work; past it the tick takes it up. 0: nobody is. */
  readonly heldUntil: number;
  /** A process has seen that something of it is written. */
  readonly hasWritten?: true;
  /** People have its evidence already. */
  readonly hasEvidence?: true;
  /** It is to be ended where it stands. `instead`: the id of the operation that takes its place. */
  readonly cancel?: { readonly by: string; readonly at: number; readonly instead?: string };
  /** It comes to nothing: nobody goes on with it, and at most its last word is left to say. */
  readonly decided?: Ended;
  readonly ended?: Ended;
}

interface Ended {
  readonly kind: EndKind;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** What became of it, a sentence or more. */
  readonly message: string;
}

/** A drained pod that pitlane looks after until its record is closed. */
export interface DrainNote {
  readonly pod: PodRef;
  /** The id of the operation that drained it. */
  readonly id: string;
  readonly by: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly report?: Report;
  /** The last reminder. */
  readonly reminder?: {
    /** The end of the drain that it was about: a new end begins a new count. */
    readonly until: number;
    readonly count: number;
    readonly at: number;
    readonly message?: { readonly channel: string; readonly ts: string };
  };
  /** A tick is at work on it until then. */
  readonly heldUntil?: number;
  /** Why nobody is reminded of it any more. */
  readonly closed?: string;
}

/** What pitlane keeps of one service: deeply read-only. */
export interface Journal {
  readonly operations: readonly JournalEntry[];
  readonly drains: readonly DrainNote[];
}

export const EMPTY_JOURNAL: Journal = { operations: [], drains: [] };

/** As long the id of a request that has ended is known, so that it is not carried out again. */
export const KNOWN_MS = 24 * 3_600_000;
/** What is still open then has been forgotten by everybody. */
const OPEN_MS = KNOWN_MS;
/** Some 500 bytes each; a ConfigMap holds at most 1 MiB (core/validation, MaxSecretSize). */
const MOST_ENDED = 1_000;

export type ReadJournal =
  | { readonly kind: 'journal'; readonly journal: Journal }
  /**
   * Of another version, or edited by hand: to be left alone and reported. One item that is not as pitlane writes them is
   * enough: what it stood for would be lost with the next write, and to guess at it could do what nobody has asked for.
   */
  | { readonly kind: 'unreadable'; readonly key: string; readonly why: string };

/** Reads the `data` of the ConfigMap. */
export function readJournal(data: Readonly<Record<string, string>> | undefined): ReadJournal {
  const operations = readPart(data?.operations, isEntry);
  if (typeof operations === 'string') return { kind: 'unreadable', key: 'operations', why: operations };
  const drains = readPart(data?.drains, isNote);
  if (typeof drains === 'string') return { kind: 'unreadable', key: 'drains', why: drains };
  return { kind: 'journal', journal: { operations, drains } };
}

/** The `data` of the ConfigMap that keeps the journal. */
export function journalData({ operations, drains }: Journal): Readonly<Record<string, string>> {
  return { operations: writePart(operations), drains: writePart(drains) };
}

function writePart(items: readonly object[]): string {
  return JSON.stringify({ v: 1, items });
}

/** The items, or what is wrong with them. */
function readPart<T>(text: string | undefined, isItem: (item: unknown) => item is T): readonly T[] | string {
  if (text === undefined || text === '') return [];
  const { v, items } = (parse(text) ?? {}) as { readonly v?: unknown; readonly items?: unknown };
  if (typeof v === 'number' && v !== 1) return `is of version ${v}`;
  if (v !== 1 || !Array.isArray(items)) return 'is not what pitlane writes there';
  const wrong = items.findIndex((item) => !isItem(item));
  return wrong < 0 ? items : `has an item (number ${wrong + 1} of ${items.length}) that pitlane does not write so`;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

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
 * With a new operation, or one that was left, held by its process. Whatever else is open on the same pod is to end: it
 * would undo the new one, or report of what is no longer so.
 */
export function begin(journal: Journal, entry: JournalEntry, now: number): Journal {
  const others = journal.operations
    .filter(({ id }) => id !== entry.id)
    .map((other) => (isInTheWay(other, entry) ? superseded(other, entry, now) : other));
  return pruned({ ...journal, operations: [...others, entry] }, now);
}

/** More time for a pod takes nothing back of what is under way on it. */
function isInTheWay(other: JournalEntry, { pod, request }: JournalEntry): boolean {
  return other.ended === undefined && other.pod.uid === pod.uid && request.command !== 'extend';
}

function superseded(other: JournalEntry, { id, by, request }: JournalEntry, now: number): JournalEntry {
  const message = `${by} has asked to ${request.command} ${other.pod.name} since (operation ${id}), so this one was not gone on with.`;
  return other.heldUntil > now
    ? { ...other, cancel: other.cancel ?? { by, at: now, instead: id } }
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
 * said of it before; one that is back or deleted no more.
 */
export function ended(journal: Journal, id: string, end: NonNullable<JournalEntry['ended']>): Journal {
  const entry = entryOf(journal, id);
  const closed = changed(journal, id, { ended: end, heldUntil: 0 });
  const drains = end.kind === 'done' && entry !== undefined ? drainsAfter(entry, journal.drains) : journal.drains;
  return pruned({ ...closed, drains }, end.at);
}

function drainsAfter({ id, request, pod, by, at, report }: JournalEntry, drains: Journal['drains']): Journal['drains'] {
  const others = drains.filter((note) => note.pod.uid !== pod.uid);
  switch (request.command) {
    case 'drain':
      return [...others, { pod, id, by, at, ...(report === undefined ? {} : { report }) }];
    case 'extend':
      return drains.map((note) => {
        if (note.pod.uid !== pod.uid) return note;
        const { reminder: _, closed: __, ...anew } = note;
        return anew;
      });
    case 'restore':
    case 'finish':
      return others;
  }
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
  return { ...journal, operations: [...over, ...open] };
}
