import type { ChangeRequest, Request } from '../command/request.ts';
import type { Role } from '../command/role.ts';
import type { Evidence } from '../evidence/evidence.ts';
import type { JournalEntry } from '../journal/entry.ts';
import type { DrainRecord } from '../rotation/marks.ts';
import type { Member, MemberState } from '../rotation/membership.ts';
import type { Operation, Plan, Progress, Refusal } from '../rotation/plan.ts';
import type { ConditionReport, ContainerReport, EventReport } from '../rotation/pod-report.ts';
import type { Endpoint, Pod, PodDetail, Service } from '../rotation/snapshot.ts';

/** How a request ended. Every door renders the same outcomes in its own way. All are JSON-serialisable. */
export type Outcome = ReadOutcome | Denied | Cancelled | ChangeOutcome;

export type ReadOutcome = Listed | DrainedList | Inspected | Logged | Evidence | OperationsList | Helped;

/** The asker's role does not cover the request. Nothing was changed. */
export interface Denied {
  readonly kind: 'denied';
  readonly request: Request;
  /** The least role that may. */
  readonly needed: Role;
  /** What it takes, what the asker has, and who may, as far as that is known. */
  readonly message: string;
}

/** Another delivery of the same request is at work on it, or the tick is about to go on with it. */
export interface Running {
  readonly kind: 'running';
  readonly entry: JournalEntry;
}

/** The same request was carried out before, and is not carried out again. */
export interface Repeated {
  readonly kind: 'repeated';
  readonly entry: JournalEntry;
}

/** The operation was ended where it stood, by somebody who said so. */
export interface Cancelled {
  readonly kind: 'cancelled';
  /** Its `ended` says what became of it; without one, its process was told to end it and will say so itself. */
  readonly entry: JournalEntry;
  /** kubectl lines that undo what stands. */
  readonly undo: readonly string[];
}

/** Every drained pod and canary of the services that could be looked at. */
export interface DrainedList {
  readonly kind: 'drainedList';
  readonly at: number;
  /** The oldest first. */
  readonly drained: readonly {
    /** The key of the service in the configuration. */
    readonly key: string;
    readonly cluster: string;
    readonly namespace: string;
    readonly pod: Pod;
    /** Absent: a canary, or a record that can't be read. */
    readonly record?: DrainRecord;
  }[];
  /** Sentences: what could not be looked at, records that can't be read, … */
  readonly notes: readonly string[];
}

export interface OperationsList {
  readonly kind: 'operations';
  /** The key of the service. */
  readonly service: string;
  readonly at: number;
  /** The oldest first. */
  readonly underWay: readonly JournalEntry[];
  /** The newest first; of the last 24 hours. */
  readonly ended: readonly JournalEntry[];
}

/** The input names something that does not exist or can't be read as a command. Nothing was changed. */
export interface NotUnderstood {
  readonly kind: 'notUnderstood';
  /** Stable, PascalCase: `ServiceUnknown`, `PodUnknown`, … Absent: a command could not be read. */
  readonly code?: NotUnderstoodCode;
  /** What was wrong and what was expected, one sentence. */
  readonly message: string;
  /** What to type instead; each can be sent as it is. */
  readonly instead: readonly string[];
}

export type NotUnderstoodCode =
  | 'ServiceUnknown'
  | 'ServiceMissing'
  | 'PodUnknown'
  | 'PodsUnknown'
  | 'PodGone'
  | 'NoPods'
  | 'TooManyPods'
  | 'NodeUnknown'
  | 'SelectorInvalid'
  | 'ContainerUnknown'
  | 'OperationUnknown'
  | 'OperationAmbiguous'
  | 'NoOperations'
  | 'RequestIdReused';

/** No pod was named, or more than one fits: the candidates, most suspicious first. */
export interface Choice {
  readonly kind: 'choice';
  readonly request: Request;
  readonly message: string;
  readonly candidates: readonly Member[];
}

/** A plan that was not carried out: a dry run, or one with warnings that somebody must confirm. */
export interface Proposal {
  readonly kind: 'proposal';
  readonly plan: Plan;
  /** Why it was not carried out. `changed`: the plan is no longer the one that was confirmed. */
  readonly why: 'dryRun' | 'needsConfirmation' | 'changed';
  /** What the API server said to each step with `dryRun=All`, a sentence each; absent: it was not asked. */
  readonly tried?: readonly string[];
}

/** Carried out and proven. */
export interface Done {
  readonly kind: 'done';
  readonly operation: Operation;
  /** The plan as first made, with its checks and effects. */
  readonly plan: Plan;
  readonly proof: readonly Progress[];
  /** Milliseconds from the first write to each milestone, in the order of `proof`; absent where it was already so, or nothing was written. */
  readonly tookMs: readonly (number | undefined)[];
  /** What the person should know besides: an optional milestone that did not come, something already done before. */
  readonly notes: readonly string[];
}

/** Something is written, but the time ended before the proof was in. The same request again goes on from there. */
export interface Unfinished {
  readonly kind: 'unfinished';
  readonly operation: Operation;
  readonly plan: Plan;
  readonly proof: readonly Progress[];
  /** What is still to be written, in the infinitive; absent: nothing. */
  readonly left?: readonly string[];
  /** What kept pitlane from seeing more, one sentence; absent: the cluster answered to the end. */
  readonly trouble?: string;
  /** The tick takes it up within two minutes. Absent: nobody does, the same request again goes on from there. */
  readonly goesOn?: true;
}

/** Tried and given up. */
export interface Failed {
  readonly kind: 'failed';
  /**
   * Stable, PascalCase: that of the check where one refused what was left, the name of the error where the cluster
   * failed, else `TooManyConflicts`, `TakenBack`, `EvidenceNotKept`, `WriteUnknown`, `NotAnnounced`, …
   */
  readonly code?: string;
  readonly operation?: Operation;
  /** One sentence: which call on which object failed how, and what that means. No stack trace, no JSON. */
  readonly message: string;
  /** What stands now, a sentence each; empty: nothing was changed. */
  readonly stands: readonly string[];
  /** kubectl lines that undo what stands. */
  readonly undo: readonly string[];
}

export interface Listed {
  readonly kind: 'listed';
  readonly service: Service;
  readonly at: number;
  /** Sorted: what is not plainly in rotation first. */
  readonly members: readonly Member[];
  readonly selector?: string;
  readonly all: boolean;
  /** Counted by unique pod uid, of all members whatever the selector. */
  readonly counts: Readonly<Partial<Record<MemberState, number>>>;
  /** Sentences: the service selects nothing and the nearest labels that would; records that can't be read; … */
  readonly notes: readonly string[];
}

export interface Inspected {
  readonly kind: 'inspected';
  readonly service: Service;
  readonly at: number;
  readonly member: Member;
  readonly detail: PodDetail;
  readonly containers: readonly ContainerReport[];
  readonly conditions: readonly ConditionReport[];
  readonly endpoints: readonly Endpoint[];
  /** Newest first. */
  readonly events: readonly EventReport[];
}

export interface Logged {
  readonly kind: 'logged';
  readonly logs: readonly {
    readonly pod: string;
    readonly container: string;
    readonly text: string;
    readonly isCut: boolean;
  }[];
  readonly notes: readonly string[];
}

export interface Helped {
  readonly kind: 'helped';
  /** Plain text, as golden files show it. */
  readonly text: string;
}

/** What happens while an operation is under way. */
export type OperationEvent =
  | { readonly kind: 'planned'; readonly plan: Plan }
  /** What was known of the pod right after it was drained, or before it is deleted. */
  | { readonly kind: 'evidence'; readonly evidence: Evidence }
  | { readonly kind: 'wrote' /** Of the Write. */; readonly key: string; readonly title: string }
  /** The conditions as they stand now; sent whenever one of them changed. */
  | { readonly kind: 'progress'; readonly proof: readonly Progress[] }
  /** The cluster did not answer as it should and pitlane tries again: one sentence with the numbers. */
  | { readonly kind: 'retrying'; readonly why: string };

export type ChangeOutcome =
  | Denied
  | NotUnderstood
  | Choice
  | Refusal
  | Proposal
  | Running
  | Repeated
  | Cancelled
  | Done
  | Unfinished
  | Failed;

/** The part of a proposal that a confirmation carries back. Its fingerprint holds the uids of all pods. */
export interface Confirmation {
  readonly id: string;
  readonly request: ChangeRequest;
  readonly fingerprint: string;
}
