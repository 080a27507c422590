import type { ChangeRequest } from '../command/request.ts';
import type { Report } from '../rotation/plan.ts';
import type { PodRef } from '../rotation/snapshot.ts';

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
  /** The fingerprint of what was confirmed; absent: nothing had to be. */
  readonly confirmed?: string;
  /** Which process is, or was last, at work on it. */
  readonly holder: string;
  /** Until then that process is at work; past it the tick takes it up. 0: nobody is. */
  readonly heldUntil: number;
  /** A process has seen that something of it is written. */
  readonly hasWritten?: true;
  /** People have its evidence already. */
  readonly hasEvidence?: true;
  /** It is to be ended where it stands. `instead`: the id of the operation that takes its place, and `to`: what that one does. */
  readonly cancel?: { readonly by: string; readonly at: number; readonly instead?: string; readonly to?: string };
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

/** What became of a pod that people were asked about, and by whom. */
export interface Answer {
  readonly command: ChangeRequest['command'];
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
}

export const EMPTY_JOURNAL: Journal = { operations: [], drains: [] };
