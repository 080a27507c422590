import type { Observation } from '../cluster/observe.ts';
import type { Milestone } from '../rotation/plan.ts';
import type { ChangeOutcome } from './outcome.ts';

/** What a look and the writes after it came to. */
export type Round =
  | { readonly kind: 'ended'; readonly outcome: ChangeOutcome }
  /** The cluster is not as it was seen: look again. */
  | { readonly kind: 'changed'; readonly why: string }
  /** Nothing can be written before these hold. */
  | ({ readonly kind: 'await'; readonly milestones: readonly Milestone[] } & Seen)
  /** Everything is written. */
  | ({ readonly kind: 'written' } & Seen);

/** How waiting for the proof ended. */
export type Proven = { readonly kind: 'proven'; readonly observation: Observation } | Extract<Round, { kind: 'ended' }>;

export interface Seen {
  readonly observation: Observation;
  /** Something was written since: the observation says nothing of what comes after. */
  readonly isStale: boolean;
}
