import type { Role } from '../command/role.ts';
import type { Evidence } from '../evidence/evidence.ts';
import type { Plan, Report } from '../rotation/plan.ts';
import type { ChangeOutcome, Confirmation } from './outcome.ts';

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
  /** The id of an operation of the journal that is gone on with; it stands in for the request's id. */
  readonly resumes?: string;
}

/** How far a change may go, and how long it may take. */
export interface AdvanceOptions {
  readonly confirmed?: Confirmation | 'any';
  /**
   * The plan that was proposed just now, and needs no confirmation any more: then the operation begins, and is announced,
   * before it is its turn. It is planned anew all the same.
   */
  readonly proposed?: Plan;
  /** Milliseconds since the epoch: what is not proven by then comes back as unfinished. */
  readonly deadline: number;
  readonly signal?: AbortSignal;
  /** For a door that tells somebody else than its caller. */
  readonly reporter?: Reporter;
  /** A tick goes on with what is left: then the journal has to know of the operation, or nothing is done. */
  readonly hasTick?: true;
}

/** Where the last reminder of a drained pod stands. */
export interface Reminder {
  readonly channel: string;
  readonly ts: string;
}

/** Tells people of a change, and keeps for them what they need. */
export interface Reporter {
  /**
   * Before the first write, once it is sure that no other delivery does the same: where the report stands, for the marks.
   * If it throws, nothing was changed. `earlier`: where an earlier process has told of the same operation.
   */
  begun?(plan: Plan, earlier: Asker['report']): Promise<Asker['report']>;
  /** Puts the evidence where people find it. If it throws, it was not kept: a drain says so, and nothing is deleted. */
  keep?(evidence: Evidence): Promise<void>;
  /**
   * The last word, said before the operation is closed: where it throws, or its process dies, the tick says it.
   * `reminder`: asks still what is to become of the pod, and has its answer now.
   */
  ended?(outcome: ChangeOutcome, reminder?: Reminder): Promise<void>;
}
