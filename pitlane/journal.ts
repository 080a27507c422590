import type { ChangeRequest } from './command/request.ts';
import type { Operation } from './rotation/plan.ts';
import type { PodRef } from './rotation/snapshot.ts';

/** How an operation ended, as the journal keeps it. */
export type EndKind = 'done' | 'failed' | 'refused' | 'cancelled' | 'superseded' | 'givenUp';

/** An operation of a service, under way or ended: what must survive the process that carries it out. */
export interface JournalEntry {
  /** The operation's id: the same for every delivery of the request. */
  readonly id: string;
  /** What was asked. Without `force`: that is for the moment of asking, and never taken from a record. */
  readonly request: ChangeRequest;
  /** Of the request as it came, to tell another one under the same id. */
  readonly digest: string;
  readonly pod: PodRef;
  readonly by: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly report?: Operation['report'];
  /** What was confirmed; absent: nothing had to be. */
  readonly confirmed?: string;
  /** Until then a process is at work on it; past it the tick takes it up. 0: nobody is. */
  readonly heldUntil: number;
  /** Something of it is written: seen by its process at the last look. */
  readonly hasWritten?: true;
  /** Somebody wants it ended: its process ends it where it stands. */
  readonly cancel?: { readonly by: string; readonly at: number };
  readonly ended?: {
    readonly kind: EndKind;
    readonly at: number;
    /** One sentence. */
    readonly message: string;
  };
}
