import type { ChangeRequest, Request } from '../command/request.ts';
import type { Role } from '../command/role.ts';
import type { Evidence } from '../evidence/evidence.ts';
import type { Finding } from '../evidence/finding.ts';
import type { JournalEntry, PastChange } from '../journal/entry.ts';
import type { Manifest } from '../operations/spread/manifest.ts';
import type { CanaryRecord, DisabledRecord, DrainRecord } from '../rotation/marks.ts';
import type { Member, MemberState } from '../rotation/membership.ts';
import type { Operation, Plan, Progress, Refusal } from '../rotation/plan.ts';
import type { ConditionReport, ContainerReport, EventReport } from '../rotation/pod-report.ts';
import type { Endpoint, Pod, PodDetail, Service } from '../rotation/snapshot.ts';
import type { GateReport } from './gate.ts';
import type { SchedulesReport } from './schedules.ts';

/** The result of a request, for every door to render. JSON-serialisable. */
export type Outcome = ReadOutcome | Denied | Cancelled | ChangeOutcome;

type ReadOutcome =
  | Listed
  | DrainedList
  | Inspected
  | Logged
  | Evidence
  | OperationsList
  | History
  | GateReport
  | ManifestReport
  | SchedulesReport
  | Helped;

/** What an operation would create, for `kubectl apply`. */
export interface ManifestReport {
  readonly kind: 'manifest';
  /** `DaemonSet rng` */
  readonly what: string;
  readonly manifest: Manifest;
  /** The same as YAML. */
  readonly text: string;
}

/** The asker's role does not cover the request. Nothing was changed. */
export interface Denied {
  readonly kind: 'denied';
  readonly request: Request;
  /** The least sufficient role. */
  readonly needed: Role;
  /** The needed role, the asker's role, and who has the needed one, if that is known. */
  readonly message: string;
}

/** Another delivery of the same request is in progress, or the tick is about to resume it. */
export interface Running {
  readonly kind: 'running';
  readonly entry: JournalEntry;
}

/** The same request was carried out before, and is not repeated. */
export interface Repeated {
  readonly kind: 'repeated';
  readonly entry: JournalEntry;
}

/** The operation was cancelled, or superseded by another one. */
export interface Cancelled {
  readonly kind: 'cancelled';
  /** Without `ended`: its process was told to cancel it, and reports the result itself. */
  readonly entry: JournalEntry;
  /** It has changed nothing. */
  readonly isUntouched?: true;
  /** kubectl lines that undo its changes. */
  readonly undo: readonly string[];
}

/** Every drained or disabled pod and canary of the services that could be read. */
export interface DrainedList {
  readonly kind: 'drainedList';
  readonly at: number;
  /** The oldest first. */
  readonly drained: readonly DrainedPod[];
  /** Sentences: namespaces and records that could not be read, … */
  readonly notes: readonly string[];
}

/** A drained pod or a canary. */
export interface DrainedPod {
  /** The key of the service in the configuration. */
  readonly key: string;
  readonly cluster: string;
  readonly namespace: string;
  readonly pod: Pod;
  /** Absent: a canary, or a record that can't be read. */
  readonly record?: DrainRecord;
  /** Only of a pod that is not drained. */
  readonly disabled?: DisabledRecord;
  /** Absent: no canary, or its record can't be read. */
  readonly canary?: CanaryRecord;
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

export interface History {
  readonly kind: 'history';
  /** The key of the service. */
  readonly service: string;
  readonly at: number;
  /** All that are remembered, the newest first. */
  readonly changes: readonly PastChange[];
  /** How many of them were asked for. */
  readonly last: number;
}

/** The command can't be read, or names something that does not exist. Nothing was changed. */
export interface NotUnderstood {
  readonly kind: 'notUnderstood';
  /** Absent: the command could not be read. */
  readonly code?: NotUnderstoodCode;
  /** One sentence: what is wrong, and what was expected. */
  readonly message: string;
  /** Commands to type instead, complete. */
  readonly instead: readonly string[];
}

export type NotUnderstoodCode =
  | 'ServiceUnknown'
  | 'ServiceMissing'
  | 'PodUnknown'
  | 'PodTakenOut'
  | 'PodsUnknown'
  | 'PodGone'
  | 'NoPods'
  | 'TooManyPods'
  | 'NodeUnknown'
  | 'SelectorInvalid'
  | 'ContainerUnknown'
  | 'OperationUnknown'
  | 'OperationAmbiguous'
  | 'OperationInProgress'
  | 'NoOperations'
  | 'NoWorkload'
  | 'RequestIdReused';

/** No pod was named, or several match: the candidates, most suspicious first. */
export interface Choice {
  readonly kind: 'choice';
  readonly request: Request;
  readonly message: string;
  readonly candidates: readonly Member[];
}

/** A plan that was not carried out: a dry run, or one that needs a confirmation. */
export interface Proposal {
  readonly kind: 'proposal';
  readonly plan: Plan;
  /** `changed`: it is not the plan that was confirmed. */
  readonly why: 'dryRun' | 'needsConfirmation' | 'changed';
  /** The API server's answer to each write with `dryRun=All`, a sentence each. Absent: it was not asked. */
  readonly tried?: readonly string[];
}

/** Carried out and proven. */
export interface Done {
  readonly kind: 'done';
  readonly operation: Operation;
  /** The plan as first made, with its checks and effects. */
  readonly plan: Plan;
  readonly proof: readonly Progress[];
  /** Milliseconds from the first write to each milestone, in the order of `proof`. Undefined: reached before, or nothing was written. */
  readonly tookMs: readonly (number | undefined)[];
  /** Sentences: an optional milestone that was not reached, evidence that was not kept, … */
  readonly notes: readonly string[];
  readonly silence?: readonly LogSilence[];
}

/** For how long a pod had written no log line at the end of the proof. Pods whose logs can't be read have none. */
export interface LogSilence {
  readonly pod: string;
  readonly uid: string;
  /** The container that wrote the last line. */
  readonly container: string;
  /** Since the last line, by the clocks of Pitlane and of the node. */
  readonly silentMs: number;
  /** The last line is fresh, and not from before the pod left the endpoints. */
  readonly isWriting: boolean;
}

/** Something is written, but not proven in time. The same request again continues from there. */
export interface Unfinished {
  readonly kind: 'unfinished';
  readonly operation: Operation;
  readonly plan: Plan;
  readonly proof: readonly Progress[];
  /** The titles of the missing writes; absent: none. */
  readonly left?: readonly string[];
  /** One sentence: the last error of the cluster. Absent: it answered to the end. */
  readonly trouble?: string;
  /** The tick resumes it within two minutes. Absent: only the same request again does. */
  readonly goesOn?: true;
  readonly silence?: readonly LogSilence[];
}

/** Tried and given up. */
export interface Failed {
  readonly kind: 'failed';
  /** Stable, PascalCase: of the check that refused the rest, of the cluster's error, or `TooManyConflicts`, `TakenBack`, … */
  readonly code?: string;
  readonly operation?: Operation;
  /** One sentence: the call, the object, the error, and what it means. */
  readonly message: string;
  /** The changes that were made, a sentence each. Empty: nothing was changed. */
  readonly stands: readonly string[];
  /** Some of `stands` may not be so: a write had no answer, or the cluster could not be read. */
  readonly isUncertain?: true;
  /** The tick tries again, and reports the outcome. */
  readonly isRetried?: true;
  /** kubectl lines that undo them. */
  readonly undo: readonly string[];
}

export interface Listed {
  readonly kind: 'listed';
  readonly service: Service;
  readonly at: number;
  /** The suspicious ones first. */
  readonly members: readonly Member[];
  readonly selector?: string;
  readonly all: boolean;
  /** The number of all members by state, whatever the selector. */
  readonly counts: Readonly<Partial<Record<MemberState, number>>>;
  /** Sentences: labels that nearly match the service's selector, records that can't be read, … */
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
  /** What may be wrong with it, the most telling first. */
  readonly findings: readonly Finding[];
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

/** An event of an operation in progress. */
export type OperationEvent =
  | { readonly kind: 'planned'; readonly plan: Plan }
  /** Taken right after a drain, or before a deletion. */
  | { readonly kind: 'evidence'; readonly evidence: Evidence }
  /** `key`: the key of the Write. */
  | { readonly kind: 'wrote'; readonly key: string; readonly title: string }
  /** All milestones, whenever one of them changed. */
  | { readonly kind: 'progress'; readonly proof: readonly Progress[] }
  /** The cluster did not answer as it should, and Pitlane tries again: a sentence with the numbers. */
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

/** Identifies a proposal. Its fingerprint covers the uids of all pods. */
export interface Confirmation {
  readonly id: string;
  readonly request: ChangeRequest;
  readonly fingerprint: string;
}
