import type { DrainRecord } from '../../rotation/marks.ts';
import type { View } from '../../rotation/safety.ts';
import type { Surplus } from './surplus.ts';

/** The input of the checkers. */
export interface RestoreView extends View {
  readonly record: DrainRecord;
  /** The pod's labels once it is restored. */
  readonly after: Readonly<Record<string, string>>;
  /** Labels that the service selects since the drain, and that are added. */
  readonly added: Readonly<Record<string, string>>;
  /** `key=value` that the service selects and for which the pod has another value. */
  readonly conflicting: readonly string[];
  /** The owner exists and selects the restored pod. */
  readonly isAdopted: boolean;
  /** The service lists the restored pod. */
  readonly isListed: boolean;
  readonly surplus: Surplus;
}

/** The proposal where a pod can't be restored. */
export const finishIt = ({ pod }: View): string => `finish ${pod.name}`;
