import type { Role } from '../../command/role.ts';
import type { Offer } from '../job.ts';
import type { ChangeReport } from './change-report.ts';

/** The input of a view besides the outcome. */
export interface Setting {
  /** How the person addresses the service; each command to type begins with it. */
  readonly address: string;
  /** The progress of a change that was carried out. */
  readonly report?: ChangeReport | undefined;
  /** The name of the file with all of the answer, if one was sent. */
  readonly file?: string;
  /** For an automatic change at the end of a drain: who drained the pod. */
  readonly endOfDrainBy?: string | undefined;
  /** The reference that a person can quote after a failure. */
  readonly reference?: string;
  /** For the buttons of a proposal or refusal. Absent: it has none. */
  readonly offer?: Pick<Offer, 'at' | 'requestId'>;
  readonly mayForce?: boolean;
  /** The key of the service and the role of the person. Absent: a list offers nothing to do with its pods. */
  readonly service?: string;
  readonly role?: Role | 'none';
}
