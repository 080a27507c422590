import type { ServiceConfig } from '../../config/config.ts';
import type { Answer, DrainNote, GateNote, JournalEntry } from '../../journal/entry.ts';
import type { GateTrouble } from '../../rotation/gate.ts';
import type { DisabledRecord, DrainRecord } from '../../rotation/marks.ts';
import type { Schedule } from '../../rotation/schedule.ts';
import type { Pod } from '../../rotation/snapshot.ts';
import type { Reminder, Reporter } from '../asker.ts';

/** Tells people what the tick has found or done. If it throws, the next tick tries again. */
export interface Courier {
  /** For an operation that is resumed. */
  reporterOf(entry: Pick<JournalEntry, 'id' | 'by' | 'report'>, service: ServiceConfig): Reporter;
  /** For an operation that ends a drain automatically. Its report is beside the drain's own report. */
  reporterBeside(drain: Pick<DrainNote, 'id' | 'by' | 'report' | 'kind'>, service: ServiceConfig): Reporter;
  /**
   * Asks what to do with a drained or disabled pod. Returns the place of the question, which an answer replaces. `digest`: it
   * is one of many in a message that stays. Undefined: the drain has no report.
   */
  remind(reminding: Reminding): Promise<Reminder | 'digest' | undefined>;
  /** Another command has answered the last reminder. */
  answered(note: DrainNote, answer: Answer): Promise<void>;
  /** The gate of the service is not as it was set up. */
  warn(warning: GateWarning): Promise<void>;
  /** A schedule can't be kept. Told once for each reason, until its next edge. */
  scheduleFailed(failure: ScheduleFailure): Promise<void>;
  /** A cluster does not answer, or answers again. */
  tellOfOutage(news: OutageNews): Promise<void>;
  /** A pod is no longer looked after. */
  close(note: DrainNote, service: ServiceConfig, closing: Closing): Promise<void>;
}

export interface GateWarning {
  readonly note: GateNote;
  readonly service: ServiceConfig;
  /** At least one. */
  readonly troubles: readonly GateTrouble[];
  /** A command repairs or removes it. */
  readonly canRepair: boolean;
}

export interface ScheduleFailure {
  readonly schedule: Schedule;
  readonly service: ServiceConfig;
  /** Sentences. */
  readonly reason: string;
  /** Pitlane tries again that often. */
  readonly retryMinutes: number;
}

export interface OutageNews {
  readonly cluster: string;
  readonly channel: string;
  /** The keys of the services of that channel. */
  readonly services: readonly string[];
  /** Milliseconds since the epoch. */
  readonly since: number;
  /** A sentence. Absent: it answers again. */
  readonly reason?: string;
  /** Pitlane tries again that often. */
  readonly retryMinutes: number;
}

export interface Closing {
  readonly sentence: string;
  /** A command to type, without the service's name, or a line that begins with `kubectl `. */
  readonly left?: string;
}

export interface Reminding {
  readonly note: DrainNote;
  readonly service: ServiceConfig;
  readonly pod: Pod;
  readonly record: DrainRecord | DisabledRecord;
  /** A sentence: why the pod was not restored, enabled or finished automatically, or why a restore would be refused. */
  readonly reason?: string;
  /** The Service was deleted: the pod can only be finished. */
  readonly isServiceGone?: true;
}
