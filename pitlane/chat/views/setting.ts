import type { Block } from '../blocks/blocks.ts';
import type { Force } from '../job.ts';
import type { ChangeReport } from './change-report.ts';

/** What a view needs besides the outcome. */
export interface Setting {
  /** How the person addresses the service: what to type next begins with it. */
  readonly address: string;
  /** For a change that was carried out: what was seen on the way. */
  readonly report?: ChangeReport;
  /** The name of the file beside the message that has all of a list; absent: there is none. */
  readonly file?: string;
  /** Of a change that nobody has asked for: who had drained the pod whose time is up. */
  readonly endOfDrainBy?: string;
  /** Of a failure, for the person to quote. */
  readonly reference?: string;
  /** Confirm and Cancel, under a proposal that may be confirmed. */
  readonly buttons?: Block;
  /** The asker may set refusals aside: what the Force button carries back. Absent: they may not. */
  readonly canForce?: Pick<Force, 'at' | 'requestId'>;
}
