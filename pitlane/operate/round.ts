import type { Observation } from '../cluster/observe.ts';
import type { Phase } from '../rotation/plan.ts';
import type { ChangeOutcome } from './outcome.ts';

/** The result of a look and of the writes after it, or of a wait. */
export type Round =
  | { readonly kind: 'ended'; readonly outcome: ChangeOutcome }
  /** The cluster differs from what was seen: look again, a few times at most. */
  | { readonly kind: 'changed'; readonly why: string }
  /** Some pods have dropped out of the wait: look again, and continue with the others. */
  | { readonly kind: 'lookAgain' }
  | Wait;

/** Nothing more can be written before the phase's conditions hold. */
export interface Wait {
  readonly kind: 'wait';
  readonly phase: Phase;
  readonly isLast: boolean;
  readonly observation: Observation;
  /** The observation is older than the last write, and says nothing about its effects. */
  readonly isStale: boolean;
}
