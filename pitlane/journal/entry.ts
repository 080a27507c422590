import type { ChangeRequest } from '../command/request.ts';
import type { Role } from '../command/role.ts';
import type { GateSetup } from '../rotation/gate-record.ts';
import type { Report, Subject } from '../rotation/plan.ts';
import type { PodRef } from '../rotation/snapshot.ts';

export type EndKind = 'done' | 'failed' | 'refused' | 'cancelled' | 'superseded' | 'givenUp';

/** An operation of a service, in progress or ended, with all that must survive its process. */
export interface JournalEntry {
  readonly v: 2;
  /** The operation's id: the same for every delivery of the request. */
  readonly id: string;
  /** Without the pods, which are in the subject. */
  readonly request: ChangeRequest;
  readonly subject: Subject;
  /** The asker's role. An admin's is trusted only if the journal of admin operations has the entry too. */
  readonly role: Role;
  /** A hash of the raw request, to recognise a different one with the same id. Absent: the door never repeats an id. */
  readonly digest?: string;
  readonly by: string;
  /** The person's name, where `by` is an id of Slack. Absent: unknown. */
  readonly byName?: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly report?: Report;
  /** The fingerprint of the confirmed plan; absent: it needed no confirmation. */
  readonly confirmed?: string;
  /** The codes of the confirmed warnings. A pod with any other warning is left out. */
  readonly accepted?: readonly string[];
  /** The last process that worked on it. */
  readonly holder: string;
  /** The tick takes over after this time. 0: no process works on it. */
  readonly heldUntil: number;
  /** Keys of the applied writes: one that is undone by hand is not repeated. Empty, once it has ended: it wrote nothing. */
  readonly written?: readonly string[];
  /** Uids of the pods whose evidence was delivered. */
  readonly evidence?: readonly string[];
  /** Uids of the pods that are left out, by the confirmed plan or later. */
  readonly leftOut?: readonly string[];
  /** Values that the command that undoes it needs. */
  readonly opposite?: Readonly<Record<string, unknown>>;
  /** It ends as it stands. `instead`: the id of the superseding operation; `to`: the name of that operation. */
  readonly cancel?: {
    readonly by: string;
    readonly byName?: string;
    readonly at: number;
    readonly instead?: string;
    readonly to?: string;
  };
  /** It had no effect: no process continues it. Its report may still have to be sent. */
  readonly decided?: Ended;
  readonly ended?: Ended;
}

/** A change of the past: an operation that has ended and has written something. */
export interface PastChange {
  readonly v: 1;
  /** The operation's id. */
  readonly id: string;
  /** Without the pods, which are in the subject. */
  readonly request: ChangeRequest;
  /** The objects that it changed. */
  readonly subject: Subject;
  /** The pods of the request that it left out. Absent: none. */
  readonly leftOut?: readonly PodRef[];
  readonly opposite?: JournalEntry['opposite'];
  readonly role: Role;
  readonly by: string;
  readonly byName?: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly ended: Ended;
}

interface Ended {
  readonly kind: EndKind;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** The outcome, a sentence or more. */
  readonly message: string;
}

/** The operation that answered a reminder, and the person who asked for it. */
export interface Answer {
  /** The name of the operation. */
  readonly command: string;
  readonly by: string;
}

/**
 * A drained pod, or a disabled one with an end, that Pitlane looks after until its record is closed, or a canary that it
 * deletes. A pod may be drained and disabled.
 */
export interface DrainNote {
  /** Absent: drained. */
  readonly kind?: 'disabled' | 'canary';
  readonly pod: PodRef;
  /** The id of the operation that drained or disabled it. */
  readonly id: string;
  readonly by: string;
  readonly byName?: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly report?: Report;
  /**
   * Nothing is done by itself before. The record on the pod may have a later end by now. Absent: of a drain that an earlier
   * version noted; people are only reminded.
   */
  readonly until?: number;
  /**
   * Only the mark on the pod says so: the journal has no such operation. People are reminded in the service's channel, and
   * nothing is done by itself.
   */
  readonly isUnproven?: true;
  /** The last reminder. */
  readonly reminder?: {
    /** The end of the time then: a new end starts a new count. */
    readonly until: number;
    readonly count: number;
    readonly at: number;
    readonly message?: { readonly channel: string; readonly ts: string };
  };
  /** By a process that could not edit the reminder: its buttons have to be removed. */
  readonly answered?: Answer;
  /** A tick works on it until then. */
  readonly heldUntil?: number;
  /** The reason why there are no more reminders. */
  readonly closed?: string;
}

/** The gate of the service as it was set up: the tick compares the cluster with it. */
export interface GateNote extends GateSetup {
  /** The id of the operation that set it up, or repaired it. */
  readonly id: string;
  readonly by: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly report?: Report;
  /** The troubles that people were told, by their codes. One that is over is removed. */
  readonly told?: readonly { readonly code: string; readonly at: number }[];
  /** How many ticks in a row have labelled pods, the last one at that time. */
  readonly stragglers?: { readonly ticks: number; readonly at: number };
  /** A tick works on it until then. */
  readonly heldUntil?: number;
}

/** The state of a schedule since its last edge. */
export interface ScheduleNote {
  /** The schedule's id. */
  readonly id: string;
  /** The last edge of any schedule of its pods, in milliseconds since the epoch: what it wants holds since then. */
  readonly since: number;
  /** The last edge of any schedule of the service, when the pods were last looked at. */
  readonly seenAt: number;
  /**
   * Uids of the pods that have been as the schedule wants them since then. One that is not any more was changed by a person,
   * which wins until the next edge.
   */
  readonly seen: readonly string[];
  /** All pods are as it wants them, or were changed by a person. */
  readonly isSettled?: true;
  /** Codes of the problems that people were told since the edge. */
  readonly told?: readonly string[];
  /** A tick works on it until then. */
  readonly heldUntil?: number;
}

/** The journal of one service. Deeply read-only. */
export interface Journal {
  readonly operations: readonly JournalEntry[];
  readonly drains: readonly DrainNote[];
  /** The gate that the tick looks after: at most one. */
  readonly gates: readonly GateNote[];
  readonly schedules: readonly ScheduleNote[];
  /** The changes that are no longer among the operations, the oldest first. */
  readonly history: readonly PastChange[];
  /** Parts that this version does not understand: kept as they are, and never acted on. */
  readonly foreign: Foreign;
}

/** The keys of the ConfigMap that hold items. */
export type JournalPart = 'operations' | 'drains' | 'disabled' | 'canaries' | 'gates' | 'schedules' | 'history';

interface Foreign extends Readonly<Record<JournalPart, readonly unknown[]>> {
  /** Texts that hold no items, by the key that they are kept under. */
  readonly texts: Readonly<Record<string, string>>;
}

export const EMPTY_JOURNAL: Journal = {
  operations: [],
  drains: [],
  gates: [],
  schedules: [],
  history: [],
  foreign: { operations: [], drains: [], disabled: [], canaries: [], gates: [], schedules: [], history: [], texts: {} },
};
