import type { Block } from './blocks.ts';
import type { ChangeReport } from './change-report.ts';

/** What a view needs besides the outcome. */
export interface Setting {
  /** How the person addresses the service: what to type next begins with it. */
  readonly address: string;
  /** For a change that was carried out: what was seen on the way. */
  readonly report?: ChangeReport;
  /** Of a failure, for the person to quote. */
  readonly reference?: string;
  /** Confirm and Cancel, under a proposal that may be confirmed. */
  readonly buttons?: Block;
}
