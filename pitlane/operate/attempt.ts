import type { Connection } from '../cluster/connection.ts';
import type { KeptJournal } from '../cluster/journal.ts';
import { type Patience, patiently } from '../cluster/retry.ts';
import type { ChangeRequest } from '../command/request.ts';
import type { ServiceConfig } from '../config/config.ts';
import type { JournalEntry } from '../journal/entry.ts';
import { type Plan, type Progress, podsIn, type Subject, subjectText, type Write } from '../rotation/plan.ts';
import type { PodRef } from '../rotation/snapshot.ts';
import type { Asker, Door } from './asker.ts';
import { type House, holderOf, idOf, patienceOf } from './house.ts';
import type { Confirmation, OperationEvent } from './outcome.ts';

/** A change that is to be carried out. */
export interface Task {
  readonly house: House;
  readonly connection: Connection;
  readonly service: ServiceConfig;
  readonly request: ChangeRequest;
  readonly asker: Asker;
  readonly door: Door;
  /**
   * The plan that was proposed just now, and needs no confirmation any more: then the operation begins, and is announced,
   * before it is its turn. It is planned again all the same.
   */
  readonly proposed?: Plan;
  readonly confirmed?: Confirmation | 'any';
}

/** One attempt at a change: what it was given, and all that has become of it so far. The functions of operate/ share it. */
export interface Attempt extends Omit<Task, 'asker'> {
  readonly id: string;
  /** As the lease and the journal name this process. */
  readonly holder: string;
  /** What repeats a request, and what ends every wait: the connection's too. */
  readonly patience: Patience;
  /** Without the patience: the journal is written also when the operation was told to stop. */
  readonly plainConnection: Connection;
  readonly startedAt: number;
  /** Ends every wait of the attempt. */
  readonly stopping: AbortController;
  /** With the place of the report, once there is one. */
  asker: Asker;
  /** Known once it is confirmed, proposed, taken over or found. */
  subject: Subject | undefined;
  /** As first made; until something is written, a later one takes its place. */
  plan: Plan | undefined;
  hasLooked: boolean;
  /** It is in the journal and announced, as far as this process may. */
  hasBegun: boolean;
  /** An earlier process began it, and may have written something. */
  isTakenOver: boolean;
  /** A milestone did not come within its time: to wait longer makes no sense. */
  isOverdue: boolean;
  /** What kept this process from seeing more, since the last good news. */
  trouble: string | undefined;
  readonly writes: {
    readonly done: Write[];
    /** Writes that got no answer, nor did the look at what became of them. */
    readonly uncertain: Write[];
    /** Kubernetes Events that are being written: why one could not be. */
    readonly records: Promise<string | undefined>[];
    firstAt: number | undefined;
    lastAt: number | undefined;
  };
  readonly proof: {
    progress: readonly Progress[];
    /** By the milestone's key. */
    readonly metAt: Map<string, number>;
    told: string;
  };
  /** By the pod's uid: why its evidence could not be kept. */
  readonly evidence: Map<string, Promise<string | undefined>>;
  readonly books: Books;
}

/** This process and the operation's entry in the journal. */
interface Books {
  kept: KeptJournal | undefined;
  /** There is an entry, and this process holds it. */
  isOpen: boolean;
  /** The journal may not be written here, and no tick relies on it. */
  isOff: boolean;
  /** The operation was cancelled, as this process has seen it. */
  cancel: JournalEntry['cancel'];
  readonly evidence: Set<string>;
  noting: Promise<void> | undefined;
  timer: NodeJS.Timeout | undefined;
  looking: Promise<void>;
  readonly watching: AbortController;
}

export function newAttempt(task: Task): Attempt {
  const { house, asker, door, proposed } = task;
  const id = idOf(asker);
  const stopping = new AbortController();
  const signal = door.signal === undefined ? stopping.signal : AbortSignal.any([door.signal, stopping.signal]);
  const patience = patienceOf(house, door.deadline, { signal, report: (what, next) => retrying(attempt, what, next) });
  const attempt: Attempt = {
    ...task,
    connection: patiently(task.connection, patience),
    plainConnection: task.connection,
    id,
    holder: holderOf(house, id),
    patience,
    startedAt: house.now(),
    stopping,
    // Another pod of its name, a StatefulSet's for one, is not the one that was meant.
    subject: proposed?.operation.subject,
    plan: undefined,
    hasLooked: false,
    hasBegun: false,
    isTakenOver: false,
    isOverdue: false,
    trouble: undefined,
    writes: { done: [], uncertain: [], records: [], firstAt: undefined, lastAt: undefined },
    proof: { progress: [], metAt: new Map(), told: '' },
    evidence: new Map(),
    books: {
      kept: undefined,
      isOpen: false,
      isOff: false,
      cancel: undefined,
      evidence: new Set(),
      noting: undefined,
      timer: undefined,
      looking: Promise.resolve(),
      watching: new AbortController(),
    },
  };
  return attempt;
}

export function emit(attempt: Pick<Attempt, 'door' | 'trouble'>, event: OperationEvent): void {
  attempt.trouble = undefined;
  attempt.door.reporter?.event?.(event);
}

/** The cluster did not answer as it should, and pitlane tries again. */
export function retrying(attempt: Pick<Attempt, 'door' | 'trouble'>, what: string, next?: string): void {
  emit(attempt, { kind: 'retrying', why: next === undefined ? what : `${what} ${next}` });
  attempt.trouble = what;
}

/** Something is written, or may be. */
export function hasWritten({ writes, plan }: Attempt): boolean {
  return writes.done.length > 0 || writes.uncertain.length > 0 || plan?.hasBegun === true;
}

/** It continues what an earlier process began, and has not seen yet how that stands. */
export function isBlind({ isTakenOver, hasLooked }: Attempt): boolean {
  return isTakenOver && !hasLooked;
}

export function podsOf({ subject }: Attempt): readonly PodRef[] {
  return subject === undefined ? [] : podsIn(subject);
}

export function subjectOf({ subject, service }: Attempt): string {
  return subject === undefined ? service.key : subjectText(subject);
}
