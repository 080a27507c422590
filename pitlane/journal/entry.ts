import type { ChangeRequest } from '../command/request.ts';
import type { Role } from '../command/role.ts';
import type { Report, Subject } from '../rotation/plan.ts';
import type { PodRef } from '../rotation/snapshot.ts';

/** How an operation ended, as the journal keeps it. */
export type EndKind = 'done' | 'failed' | 'refused' | 'cancelled' | 'superseded' | 'givenUp';

/** An operation of a service, in progress or ended: what must survive the process that carries it out. */
export interface JournalEntry {
  readonly v: 2;
  /** The operation's id: the same for every delivery of the request. */
  readonly id: string;
  /** What was asked, without the pods: the subject has them. */
  readonly request: ChangeRequest;
  readonly subject: Subject;
  /** What the asker acted as. Of an admin it is believed only where the journal of admin operations has it too. */
  readonly role: Role;
  /** Of the request as it came, to tell another one under the same id. Absent: its door gives no id twice. */
  readonly digest?: string;
  readonly by: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly report?: Report;
  /** The fingerprint of what was confirmed; absent: nothing had to be. */
  readonly confirmed?: string;
  /** The codes of the warnings that the confirmed plan had: one that comes up later keeps a pod out. */
  readonly accepted?: readonly string[];
  /** The process that works on it, or did last. */
  readonly holder: string;
  /** Until then that process works on it; past it the tick takes over. 0: no process does. */
  readonly heldUntil: number;
  /** Keys of the writes that a process has seen to be applied: whatever is taken back by hand is not written again. */
  readonly written?: readonly string[];
  /** Uids of the pods whose evidence people have already. */
  readonly evidence?: readonly string[];
  /** It is to end where it stands. `instead`: the id of the operation that takes its place, and `to`: what that one does. */
  readonly cancel?: { readonly by: string; readonly at: number; readonly instead?: string; readonly to?: string };
  /** It had no effect: no process continues it, and at most its last message is still to be sent. */
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

/** What became of a pod that people were asked about, and by whom. */
export interface Answer {
  /** The name of the operation. */
  readonly command: string;
  readonly by: string;
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
  /** Restored, finished or given more time by a process that could not tell: the buttons of the reminder are to be spent. */
  readonly answered?: Answer;
  /** A tick is at work on it until then. */
  readonly heldUntil?: number;
  /** Why nobody is reminded of it any more. */
  readonly closed?: string;
}

/** What pitlane keeps of one service: deeply read-only. */
export interface Journal {
  readonly operations: readonly JournalEntry[];
  readonly drains: readonly DrainNote[];
  /** What this version does not understand: kept as it is, never acted on. It locks nothing. */
  readonly foreign: Foreign;
}

export interface Foreign {
  readonly operations: readonly unknown[];
  readonly drains: readonly unknown[];
  /** Texts that hold no items at all, by the key that they are kept under. */
  readonly texts: Readonly<Record<string, string>>;
}

export const EMPTY_JOURNAL: Journal = {
  operations: [],
  drains: [],
  foreign: { operations: [], drains: [], texts: {} },
};
