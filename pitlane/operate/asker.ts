import type { Role } from '../command/role.ts';
import type { Evidence } from '../evidence/evidence.ts';
import type { JournalEntry } from '../journal/entry.ts';
import type { Plan, Report } from '../rotation/plan.ts';
import type { ChangeOutcome, Confirmation, NotUnderstood, OperationEvent, Proposal } from './outcome.ts';

export interface Asker {
  /** A Slack user id, a runbook's claim, or a Kubernetes user. */
  readonly by: string;
  /** The person's name, where `by` is an id of Slack. Absent: unknown. */
  readonly byName?: string | undefined;
  /** A local command line is an admin; the cluster decides about its rights. */
  readonly role: Role | 'none';
  /** The same for each delivery of a request (trigger id, request id). The operation's id is made from it. */
  readonly requestId: string;
  /** The raw request: a different one with the same id is refused. Absent: the door never repeats an id. */
  readonly payload?: string;
  readonly report?: Report;
  /** The operation to resume, as the journal had it; its id replaces the request's. */
  readonly resumes?: JournalEntry;
}

/** The part of the protocol that differs between doors: how to ask, how to tell, and the time. */
export interface Door {
  /** Milliseconds since the epoch: a change that is not proven by then is unfinished. */
  readonly deadline: number;
  readonly signal?: AbortSignal;
  readonly reporter?: Reporter;
  /** Decides about a plan, and may ask a person. Absent: plans without warnings are carried out, others stay proposals. */
  decide?(proposal: Proposal): Promise<Decision>;
}

export type Decision =
  /** `confirmed`: exactly this plan, or any plan. Needed by plans with warnings. */
  | { readonly kind: 'carryOut'; readonly confirmed?: Confirmation | 'any' }
  /** It stays a proposal. */
  | { readonly kind: 'leave'; readonly why?: Proposal['why'] }
  | { readonly kind: 'refuse'; readonly outcome: NotUnderstood };

/** The last reminder of a drained pod. */
export interface Reminder {
  readonly channel: string;
  readonly ts: string;
  /** The pod's name. */
  readonly pod: string;
}

/** Reports a change to people. */
export interface Reporter {
  /**
   * Announces the change before the first write, and returns the place of the report for the marks. If it throws, nothing
   * is changed. `earlier`: the report of an earlier process.
   */
  begun?(plan: Plan, earlier: Report | undefined): Promise<Report | undefined>;
  event?(event: OperationEvent): void;
  /** Stores the evidence for people. If it throws, a drain says so, and nothing is deleted. */
  keep?(evidence: Evidence): Promise<void>;
  /**
   * Reports the outcome, before the operation is closed. If it throws, or the process dies, the tick reports it.
   * `reminders`: those that the outcome answers.
   */
  ended?(outcome: ChangeOutcome, reminders: readonly Reminder[]): Promise<void>;
}
