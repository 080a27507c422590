import type { Confirmation } from '../outcome.ts';

/** Who asks, and through which door. */
export interface Asker {
  /** A Slack user id, a runbook's claim, or a local user name. */
  readonly by: string;
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
}
