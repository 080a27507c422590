import type { Role } from '../access.ts';
import type { ChangeOutcome, Confirmation } from '../outcome.ts';
import type { Plan } from '../rotation/plan.ts';

/** Who asks, and through which door. */
export interface Asker {
  /** A Slack user id, a runbook's claim, or a local user name. */
  readonly by: string;
  /** `none`: may do nothing. A local command line is an admin: what it may is up to the cluster. */
  readonly role: Role | 'none';
  /** Stable across deliveries of the same request (trigger id, request id); the operation's id is made from it. */
  readonly requestId: string;
  readonly report?: { readonly channel: string; readonly ts?: string };
}

/** How far a change may go, and how long it may take. */
export interface AdvanceOptions {
  readonly confirmed?: Confirmation | 'any';
  /** Milliseconds since the epoch: what is not proven by then comes back as unfinished. */
  readonly deadline: number;
  readonly signal?: AbortSignal;
  /** For a door that tells somebody else than its caller. */
  readonly reporter?: Reporter;
}

/** Tells people of a change. What it throws ends the change where it stands; the tick goes on from there. */
export interface Reporter {
  /** Before the first write, once it is sure that no other delivery does the same: where the report stands, for the marks. */
  begun(plan: Plan): Promise<Asker['report']>;
  /** The last word, said before the operation is closed: whoever dies in between has it said again by the tick. */
  ended(outcome: ChangeOutcome): Promise<void>;
}
