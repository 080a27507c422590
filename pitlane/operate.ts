import type { ChangeRequest, Request } from './command/request.ts';
import type { Confirmation, OperationEvent, Outcome } from './outcome.ts';

/** Who asks, and through which door. */
export interface Asker {
  /** A Slack user id, a runbook's claim, or a local user name. */
  readonly by: string;
  /** Stable across deliveries of the same request (trigger id, request id); the operation's id is made from it. */
  readonly requestId: string;
  readonly report?: { readonly channel: string; readonly ts?: string };
}

/** The one use case. Doors call this and render what comes back. */
export interface Pitlane {
  /** Observes and plans; changes nothing. Reads are answered, changes come back as a proposal, refusal or choice. */
  propose(request: Request, asker: Asker): Promise<Outcome>;

  /**
   * Carries a change out: observes, plans, writes, waits for the proof, again and again until it is done or given up.
   * A plan with warnings is carried out only with a confirmation of exactly that plan (or `confirmed: 'any'`, for doors
   * whose caller has said yes in advance); else it comes back as a proposal.
   */
  advance(request: ChangeRequest, asker: Asker, options: AdvanceOptions): AsyncGenerator<OperationEvent, Outcome>;

  /** The log of a pod as it grows, a line at a time with the pod's name in front when there are several. Ends with the signal. */
  followLogs(request: Extract<Request, { command: 'logs' }>, signal: AbortSignal): AsyncGenerator<string, Outcome>;
}

export interface AdvanceOptions {
  readonly confirmed?: Confirmation | 'any';
  /** Milliseconds since the epoch: what is not proven by then comes back as unfinished. */
  readonly deadline: number;
  readonly signal?: AbortSignal;
}
