import type { JournalEntry } from '../journal/entry.ts';
import { isWrite, type Plan } from '../rotation/plan.ts';
import type { PodRef } from '../rotation/snapshot.ts';
import type { AdvanceOptions, Asker } from './asker.ts';
import type { Bookkeeping } from './bookkeeping.ts';
import type { ChangeOutcome } from './outcome.ts';
import { outcomeOfKnown } from './words.ts';

interface Start {
  readonly books: Bookkeeping;
  readonly asker: Asker;
  readonly options: AdvanceOptions;
  /** As the run that begins would say it. */
  failed(message: string): ChangeOutcome;
  cancelled(entry: JournalEntry): ChangeOutcome;
  hasWritten(): boolean;
}

/** The beginning of an operation: once, whoever else has the same in hand, and announced before anything is written. */
export class Beginning {
  readonly #start: Start;
  #isMade = false;
  /** An earlier process has begun it, and may have written something. */
  isTakenUp = false;
  /** With the place of the report, once there is one. */
  asker: Asker;

  constructor(start: Start) {
    this.#start = start;
    this.asker = start.asker;
  }

  /** An operation of the journal that no process holds any more: the pod that it is about, or how it ends here. */
  async takeUp(): Promise<PodRef | ChangeOutcome> {
    const { books } = this.#start;
    const known = await books.begin();
    const { entry } = books;
    if (known === 'left' && entry !== undefined) {
      this.isTakenUp = entry.decided === undefined;
      return entry.decided === undefined ? entry.pod : comesToNothing(entry, entry.decided);
    }
    return known === 'new' || entry === undefined
      ? { kind: 'notUnderstood', message: 'The journal knows no such operation.', instead: ['operations'] }
      : { kind: known === 'running' ? 'running' : 'repeated', entry };
  }

  /** Enters the operation into the journal and has it announced. Undefined: go on, as after each further call. */
  async make(plan: Plan): Promise<ChangeOutcome | undefined> {
    if (this.#isMade) return this.#whyNotGoOn(plan);
    this.#isMade = true;
    const { books } = this.#start;
    const known = await books.begin(plan);
    const { entry } = books;
    if (entry !== undefined && known !== 'new' && known !== 'left') return outcomeOfKnown({ kind: known, entry });
    const why = this.#whyNotGoOn(plan);
    if (why !== undefined) return why;
    const report = await this.#announced(plan);
    if (report !== undefined) {
      this.asker = { ...this.asker, report };
      await books.attach(report);
    }
    return undefined;
  }

  /** Of an operation that an earlier process has begun. Undefined: nothing speaks against it. */
  #whyNotGoOn(plan: Plan): ChangeOutcome | undefined {
    const { books, failed, cancelled } = this.#start;
    const { entry } = books;
    if (entry?.decided !== undefined) return comesToNothing(entry, entry.decided);
    if (entry?.cancel !== undefined) return cancelled(entry);
    return entry?.hasWritten && isWrite(plan.steps[0])
      ? failed(
          `What operation ${entry.id} had written on ${entry.pod.name} was taken back by somebody else since: it is not written again.`,
        )
      : undefined;
  }

  async #announced(plan: Plan): Promise<Asker['report']> {
    const { books, asker, options, failed, hasWritten } = this.#start;
    try {
      return await options.reporter?.begun?.(plan, books.entry?.report);
    } catch (error) {
      // What an earlier process has begun is for the next one to go on with.
      if (asker.resumes === undefined) await books.close(failed('It could not be announced.'));
      else await books.leave(hasWritten());
      throw error;
    }
  }
}

/** An earlier process has found out, and may not have told anybody. */
function comesToNothing(
  { id, request, pod, by, at }: JournalEntry,
  { message }: NonNullable<JournalEntry['decided']>,
): ChangeOutcome {
  return { kind: 'failed', operation: { id, request, pod, by, at }, message, stands: [], undo: [] };
}
