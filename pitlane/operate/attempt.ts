import { randomUUID } from 'node:crypto';
import type { Connection } from '../cluster/connection.ts';
import type { KeptJournal } from '../cluster/journal.ts';
import { type Patience, patiently } from '../cluster/retry.ts';
import { sharingReads } from '../cluster/shared-reads.ts';
import { WholeLists } from '../cluster/whole-lists.ts';
import type { JournalEntry } from '../journal/entry.ts';
import {
  type Check,
  type Plan,
  type Progress,
  podsIn,
  type Subject,
  subjectText,
  type Write,
} from '../rotation/plan.ts';
import type { Labels, PodRef } from '../rotation/snapshot.ts';
import type { Asker, Door } from './asker.ts';
import { type Asking, idOf, patienceOf } from './house.ts';
import type { Stopwatch } from './operated.ts';
import type { Confirmation, OperationEvent } from './outcome.ts';
import { Trials } from './trial.ts';

/** A change to carry out. */
export interface Task extends Asking {
  readonly door: Door;
  readonly stopwatch: Stopwatch;
  readonly confirmed?: Confirmation | 'any' | undefined;
  /** A resumed operation that takes an admin, and that the journal of admin operations does not have: it ends. */
  readonly isUnconfirmed?: true;
}

/** The state of one attempt at a change, shared by the functions of operate/. */
export interface Attempt extends Task {
  readonly id: string;
  /** Names this process in the lease and the journal. */
  readonly holder: string;
  /** Repeats requests and ends waits, also those of the connection. */
  readonly patience: Patience;
  /** Without the patience: the journal is written even after the operation was told to stop. */
  readonly plainConnection: Connection;
  /** The same, for what the evidence of many pods reads alike. */
  readonly sharedConnection: Connection;
  /** What the last observation has read as a whole, open for the watches of the proof. */
  lists: WholeLists;
  readonly startedAt: number;
  /** Ends every wait of the attempt. */
  readonly stopping: AbortController;
  /** Has the place of the report once it is announced. */
  asker: Asker;
  confirmed?: Confirmation | 'any' | undefined;
  /** The release of the last lease. */
  releasing?: Promise<void>;
  /** All pods of the operation, once they are found or read from the journal. */
  subject?: Subject | undefined;
  /** The first plan; a later one replaces it until something is written. */
  plan?: Plan | undefined;
  /** The cluster was observed under the lease. */
  hasLooked: boolean;
  /** It is announced, and in the journal where this process may write there. */
  hasBegun: boolean;
  /** An earlier process began the operation, and may have written something. */
  isResumed: boolean;
  /** This process took the operation over from the journal: what was confirmed then still holds. */
  isTakenOver: boolean;
  /** A milestone was not reached in time, so waiting longer makes no sense. */
  isOverdue: boolean;
  /** The last error since the last good news. */
  trouble?: string | undefined;
  /** The dry runs of this attempt. */
  readonly trials: Trials;
  readonly writes: {
    readonly done: Write[];
    /** Writes without an answer whose object could not be read afterwards either. */
    readonly uncertain: Write[];
    /** By its key: why a write was not done as asked for, though the API server accepted it. */
    readonly unlike: Map<string, string>;
    /** The Kubernetes Events, each with the reason if it could not be written. */
    readonly records: Promise<string | undefined>[];
    firstAt?: number;
    lastAt?: number;
  };
  readonly proof: {
    progress: readonly Progress[];
    /** By the milestone's key. */
    readonly metAt: Map<string, number>;
    /** Keys of the lost or overdue milestones that have caused another look. */
    readonly dropped: Set<string>;
    /** How long the service had no ready endpoint after the first write, and since when it has none. */
    readonly gap: { ms: number; since?: number | undefined };
    told: string;
  };
  /** By the pod's uid: the reason if its evidence could not be kept. */
  readonly evidence: Map<string, Promise<string | undefined>>;
  /** By the pod's uid: its containers, where the report needs them. */
  readonly containers: Map<string, readonly string[]>;
  /** By the pod's uid: the last lines of its logs in its evidence. */
  readonly lastLines: Map<string, LastLines>;
  /** The labels of the service's pods, as last observed. Undefined: it selects none. */
  members?: Labels | undefined;
  readonly ownEntry: OwnEntry;
}

/** When each container wrote its last line. Only of logs that have one and were read to their end. */
interface LastLines {
  readonly readAt: number;
  readonly times: ReadonlyMap<string, number>;
}

/** The operation's entry in the journal. */
interface OwnEntry {
  /** The journal as last read or written. */
  kept?: KeptJournal | undefined;
  /** This process holds the entry. */
  isOpen: boolean;
  /** This process may not write the journal, and no tick needs it. */
  isOff: boolean;
  /** The cancellation that this process has seen. */
  cancel?: JournalEntry['cancel'];
  /** Uids of the pods whose evidence this process has kept. */
  readonly evidence: Set<string>;
  /** The pending note of writes. */
  noting: Promise<void>;
  /** Ends the watch of the entry. */
  readonly watching: AbortController;
}

export function newAttempt(task: Task): Attempt {
  const { house, asker, door } = task;
  const id = idOf(asker);
  const stopping = new AbortController();
  const signal = door.signal === undefined ? stopping.signal : AbortSignal.any([door.signal, stopping.signal]);
  const patience = {
    ...patienceOf(house, door.deadline, { signal, report: (what, next) => retrying(attempt, what, next) }),
    // A door may move it: the time that a person takes to decide does not count.
    get deadline() {
      return door.deadline;
    },
    signal,
  };
  const attempt: Attempt = {
    ...task,
    connection: patiently(task.connection, patience),
    plainConnection: task.connection,
    sharedConnection: sharingReads(task.connection, house.now),
    lists: new WholeLists(house.now, signal),
    id,
    holder: `${id}/${randomUUID()}`,
    patience,
    startedAt: house.now(),
    stopping,
    hasLooked: false,
    hasBegun: false,
    isResumed: false,
    isTakenOver: false,
    isOverdue: false,
    trials: new Trials(),
    writes: { done: [], uncertain: [], unlike: new Map(), records: [] },
    proof: { progress: [], metAt: new Map(), dropped: new Set(), gap: { ms: 0 }, told: '' },
    evidence: new Map(),
    containers: new Map(),
    lastLines: new Map(),
    ownEntry: {
      isOpen: false,
      isOff: false,
      evidence: new Set(),
      noting: Promise.resolve(),
      watching: new AbortController(),
    },
  };
  return attempt;
}

export function emit(attempt: Attempt, event: OperationEvent): void {
  attempt.trouble = undefined;
  attempt.stopwatch.see(event);
  attempt.door.reporter?.event?.(event);
}

/** Reports that the cluster did not answer as it should. */
export function retrying(attempt: Attempt, what: string, next?: string): void {
  emit(attempt, { kind: 'retrying', why: next === undefined ? what : `${what} ${next}` });
  attempt.trouble = what;
}

/** Something is written, or may be. */
export function hasWritten({ writes, plan }: Attempt): boolean {
  return writes.done.length > 0 || writes.uncertain.length > 0 || plan?.hasBegun === true;
}

/** It continues the work of an earlier process, and has not observed the result yet. */
export function isBlind({ isTakenOver, hasLooked }: Attempt): boolean {
  return isTakenOver && !hasLooked;
}

export function podsOf({ subject }: Attempt): readonly PodRef[] {
  return subject === undefined ? [] : podsIn(subject);
}

export function subjectOf({ subject, service }: Attempt): string {
  return subject === undefined ? service.key : subjectText(subject);
}

/** The reasons why pods of the plan's operation are left out. */
export function leftOutOf(plan: Plan | undefined): readonly Check[] {
  return plan?.checks.filter(({ level }) => level === 'leftOut') ?? [];
}
