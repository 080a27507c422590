import type { Role } from '../command/role.ts';
import type { Evidence } from '../evidence/evidence.ts';
import type { Plan, Report } from '../rotation/plan.ts';
import type { ChangeOutcome, Confirmation, NotUnderstood, OperationEvent, Proposal } from './outcome.ts';

/** Who asks, and through which door. */
export interface Asker {
  /** A Slack user id, a runbook's claim, or a local user name. */
  readonly by: string;
  /** `none`: may do nothing. A local command line is an admin: what it may is up to the cluster. */
  readonly role: Role | 'none';
  /** Stable across deliveries of the same request (trigger id, request id); the operation's id is made from it. */
  readonly requestId: string;
  /** What came under that id, as text: another text under it is another request, and refused. Absent: no id comes twice. */
  readonly payload?: string;
  readonly report?: Report;
  /** The id of an operation of the journal that is resumed; it stands in for the request's id. */
  readonly resumes?: string;
}

/** What a door supplies: how to ask, how to tell, and how long there is. Everything else is the same for all of them. */
export interface Door {
  /** Milliseconds since the epoch: what is not proven by then comes back as unfinished. */
  readonly deadline: number;
  readonly signal?: AbortSignal;
  readonly reporter?: Reporter;
  /** Answers a plan before it is carried out. Absent: plans without warnings are carried out, others stay proposals. */
  decide?(proposal: Proposal): Promise<Decision>;
}

export type Decision =
  /** `confirmed`: what a plan with warnings takes: exactly that plan, or any that there will be. */
  | { readonly kind: 'carryOut'; readonly confirmed?: Confirmation | 'any' }
  /** It stays a proposal. */
  | { readonly kind: 'leave'; readonly why?: Proposal['why'] }
  | { readonly kind: 'refuse'; readonly outcome: NotUnderstood };

/** Where the last reminder of a drained pod stands. */
export interface Reminder {
  readonly channel: string;
  readonly ts: string;
  /** The name of the pod that it asks about. */
  readonly pod: string;
}

/** Tells people of a change, and keeps for them what they need. */
export interface Reporter {
  /**
   * Before the first write, once no other delivery can do the same: where the report stands, for the marks. If it throws,
   * nothing was changed. `earlier`: where an earlier process has told of the same operation.
   */
  begun?(plan: Plan, earlier: Report | undefined): Promise<Report | undefined>;
  /** What happens while the change is in progress. */
  event?(event: OperationEvent): void;
  /** Puts the evidence where people find it. If it throws, it was not kept: a drain says so, and nothing is deleted. */
  keep?(evidence: Evidence): Promise<void>;
  /**
   * How it ended, said once, before the operation is closed: where it throws, or its process dies, the tick says it.
   * `reminders`: still ask what to do with the pods, and have their answer now.
   */
  ended?(outcome: ChangeOutcome, reminders: readonly Reminder[]): Promise<void>;
}
