import type { ServiceConfig } from '../../config/config.ts';
import type { Answer, DrainNote, JournalEntry } from '../../journal/entry.ts';
import type { DrainRecord } from '../../rotation/marks.ts';
import type { Pod } from '../../rotation/snapshot.ts';
import type { Reminder, Reporter } from '../asker.ts';

/** Tells people what the clock has found or done. What it throws leaves the thing to the next tick. */
export interface Courier {
  /** For an operation that is gone on with. */
  reporterOf(entry: Pick<JournalEntry, 'id' | 'by' | 'report'>, service: ServiceConfig): Reporter;
  /** For an operation that ends a drain by itself: it is told of beside the drain's own report. */
  reporterBeside(drain: Pick<DrainNote, 'id' | 'by' | 'report'>, service: ServiceConfig): Reporter;
  /** Asks what is to become of a drained pod; says where the question stands. Undefined: nobody can be reached. */
  remind(reminding: Reminding): Promise<Reminder | undefined>;
  /** What was asked in the last reminder has its answer from elsewhere. */
  answered(note: DrainNote, answer: Answer): Promise<void>;
  /** A drained pod is no longer looked after. */
  close(note: DrainNote, service: ServiceConfig, closing: Closing): Promise<void>;
}

export interface Closing {
  /** Why. */
  readonly sentence: string;
  /** What can still be done with it: a command without the service's name, or a line that begins with `kubectl `. */
  readonly left?: string;
}

interface Reminding {
  readonly note: DrainNote;
  readonly service: ServiceConfig;
  readonly pod: Pod;
  readonly record: DrainRecord;
  /** Why nothing was done by itself, or what stands in the way of a restore: a sentence. */
  readonly reason?: string;
}
