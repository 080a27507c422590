import { createHash } from 'node:crypto';
import type { Connection } from '../cluster/connection.ts';
import { ClusterError, Forbidden } from '../cluster/errors.ts';
import { changeJournal, type KeptJournal, readKeptJournal } from '../cluster/journal.ts';
import { patiently } from '../cluster/retry.ts';
import type { ChangeRequest } from '../command/request.ts';
import type { ServiceConfig } from '../config/config.ts';
import type { EndKind, Journal, JournalEntry } from '../journal/entry.ts';
import { begin, changed, dropped, ended, entryOf, type Known, lookUp, takeUp } from '../journal/journal.ts';
import type { Operation, Plan } from '../rotation/plan.ts';
import { time } from '../text/words.ts';
import type { AdvanceOptions, Asker, Reminder } from './asker.ts';
import { type House, patienceOf } from './house.ts';
import type { ChangeOutcome, Failed } from './outcome.ts';

/** As long a process may be silent before the tick takes its operation for left. */
const HOLD_MS = 60_000;
/** How often a process that waits looks whether somebody has cancelled its operation, and says that it is still there. */
const LOOK_MS = 5_000;
const RENEW_BELOW_MS = 40_000;
/** For a write to the journal when the operation's own time is over, or it was told to stop. */
const LAST_WRITE_MS = 5_000;
/** Whatever is not seen to be done by then is given up: every milestone's time has passed long before. */
const OPEN_MS = 30 * 60_000;
/** Said of what the tick goes on with though nothing came of it here. */
export const TRIED_AGAIN = 'Pitlane tries again by itself within two minutes.';

export interface Books {
  readonly house: House;
  readonly connection: Connection;
  readonly service: ServiceConfig;
  readonly request: ChangeRequest;
  readonly asker: Asker;
  readonly options: AdvanceOptions;
  readonly id: string;
  /** As the lease names this process. */
  readonly holder: string;
}

/** How to find the asker's request in the journal. */
export function meantBy({ payload, resumes }: Asker): Parameters<typeof lookUp>[2] {
  const digest = payload === undefined ? undefined : createHash('sha256').update(payload).digest('hex').slice(0, 16);
  return { isResumed: resumes !== undefined, ...(digest !== undefined && { digest }) };
}

/** Keeps one operation's entry in the journal, from the moment before its first write to its end. */
export class Bookkeeping {
  readonly #books: Books;
  #kept: KeptJournal | undefined;
  /** There is an entry, and this process holds it. */
  #isOpen = false;
  /** Nobody may write to the journal here, and nobody relies on it. */
  #isOff = false;
  #hasEvidence = false;
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> = Promise.resolve();
  readonly #watching = new AbortController();
  #noting: Promise<void> | undefined;

  constructor(books: Books) {
    this.#books = books;
  }

  /** The entry as last seen. */
  get entry(): JournalEntry | undefined {
    return this.#kept && entryOf(this.#kept.journal, this.#books.id);
  }

  /**
   * Enters the operation, or takes up the one that was left. `pod` and `plan` are absent where an operation of the journal
   * is taken up before the first look. What is answered says whether this process may go on.
   */
  async begin(plan?: Plan): Promise<Known['kind']> {
    const { house, id, holder, asker, request, options } = this.#books;
    if (this.#isOpen || this.#isOff) return 'new';
    const meant = meantBy(asker);
    let known = { kind: 'new' } as Known;
    try {
      await this.#change((journal) => {
        const now = house.now();
        known = lookUp(journal, id, meant, now);
        // Written by us, but the answer was lost.
        if (known.kind === 'running' && known.entry.holder === holder) {
          known = asker.resumes === undefined ? { kind: 'new' } : { ...known, kind: 'left' };
          return undefined;
        }
        const held = { holder, heldUntil: now + HOLD_MS };
        if (known.kind === 'left') {
          const { ended, decided, cancel, ...open } = known.entry;
          // What has ended is tried anew; what has not keeps to what was decided, and cancelled.
          return ended === undefined
            ? takeUp(journal, { ...known.entry, ...held }, now)
            : begin(journal, { ...open, at: now, ...held }, now);
        }
        if (known.kind !== 'new' || plan === undefined) return undefined;
        const { pod } = plan.operation;
        const { confirmed } = options;
        return begin(
          journal,
          {
            id,
            request: { ...request, pod: pod.name, force: false },
            ...(meant.digest !== undefined && { digest: meant.digest }),
            pod,
            by: asker.by,
            at: now,
            ...(asker.report === undefined ? {} : { report: asker.report }),
            // Who has said yes to any plan has said it now: whoever goes on keeps to the one that there was.
            ...(confirmed === undefined
              ? {}
              : { confirmed: confirmed === 'any' ? plan.fingerprint : confirmed.fingerprint }),
            ...held,
          },
          now,
        );
      });
    } catch (error) {
      if (options.hasTick || !(error instanceof Forbidden)) throw error;
      this.#isOff = true;
      return 'new';
    }
    this.#isOpen = known.kind === 'left' || (known.kind === 'new' && this.entry !== undefined);
    return known.kind;
  }

  /** Where the operation's report stands: the tick edits it when this process can't. */
  async attach(report: NonNullable<Operation['report']>): Promise<void> {
    await this.#update({ report });
  }

  /** While the operation waits: says that it is still held, and stops it when somebody wants it ended. */
  watch(stop: (cancel: NonNullable<JournalEntry['cancel']>) => void, hasWritten: () => boolean): void {
    let isLooking = false;
    const look = async () => {
      isLooking = true;
      const entry = await this.#look(hasWritten()).catch(() => undefined);
      isLooking = false;
      if (entry?.cancel !== undefined) stop(entry.cancel);
    };
    this.#timer = setInterval(() => {
      // What waits for a slow one would still be looking when the operation's own time is over.
      if (!isLooking) this.#looking = look();
    }, this.#books.house.lookMs ?? LOOK_MS);
    this.#timer.unref();
  }

  async unwatch(): Promise<void> {
    clearInterval(this.#timer);
    this.#watching.abort();
    await Promise.all([this.#looking, this.#noting]);
  }

  /**
   * Beside the proof: should this process die, and somebody take back by hand what it has written, whoever goes on knows
   * that it was written once. Where that can't be noted now it is with the next renewal.
   */
  noteWrite(): void {
    if (this.#books.options.hasTick !== true) return;
    const deadline = this.#books.house.now() + LAST_WRITE_MS;
    this.#noting ??= this.#update({ hasWritten: true }, deadline).catch(() => {});
  }

  /** Renews the hold where little of it is left; else only reads. */
  async #look(hasWritten: boolean): Promise<JournalEntry | undefined> {
    if (!this.#isOpen) return undefined;
    const { house, id, holder, connection, service, options } = this.#books;
    const { signal } = this.#watching;
    const stoppable: Connection = { ...connection, send: (call) => connection.send({ ...call, signal }) };
    // What is known of the entry stays known where this fails.
    this.#kept = await readKeptJournal(stoppable, service);
    const change = (journal: Journal): Journal | undefined => {
      const entry = entryOf(journal, id);
      if (entry?.holder !== holder || entry.heldUntil - house.now() > RENEW_BELOW_MS) return undefined;
      return changed(journal, id, {
        heldUntil: house.now() + HOLD_MS,
        ...this.#soFar(hasWritten),
      });
    };
    const patience = patienceOf(house, options.deadline, { signal });
    this.#kept = await changeJournal(stoppable, service, change, patience, this.#kept);
    return this.entry;
  }

  /** The outcome as it is to be told: an operation that the tick goes on with says so. */
  foretell(outcome: ChangeOutcome, isOver: boolean): ChangeOutcome {
    if (outcome.kind !== 'unfinished' || isOver || !this.#isOpen || this.#books.options.hasTick !== true)
      return outcome;
    return this.isWorthAnotherLook ? { ...outcome, goesOn: true } : outcome;
  }

  /** Whoever goes on needs not take the evidence again: said with the next write. */
  noteEvidence(): void {
    this.#hasEvidence = true;
  }

  #soFar(hasWritten: boolean): Pick<JournalEntry, 'hasWritten' | 'hasEvidence'> {
    return { ...(hasWritten && { hasWritten }), ...(this.#hasEvidence && { hasEvidence: true }) };
  }

  /** The reminder that asks what is to become of the pod, where the outcome is the answer. */
  answered({ kind }: ChangeOutcome): Reminder | undefined {
    const { entry } = this;
    if (kind !== 'done' || entry === undefined || entry.request.command === 'drain') return undefined;
    return this.#kept?.journal.drains.find(({ pod }) => pod.uid === entry.pod.uid)?.reminder?.message;
  }

  /**
   * Before anybody is told that nothing was changed: then nothing is changed any more, also where this process dies before
   * it has closed the entry. Where that can't be noted the tick will go on, and that is told.
   */
  async decide(outcome: ChangeOutcome): Promise<ChangeOutcome> {
    if (!this.#isOpen || this.#books.options.hasTick !== true || this.entry?.decided !== undefined) return outcome;
    const { house, asker, holder } = this.#books;
    const message = messageOf(outcome);
    const decided = { kind: endOf(outcome, asker.resumes !== undefined) ?? 'failed', at: house.now(), message };
    try {
      await this.#update({ decided }, this.#lastMoment);
      const { entry } = this;
      // Another process has taken it up meanwhile, and may write.
      return entry === undefined || entry.holder === holder ? outcome : { kind: 'running', entry };
    } catch (error) {
      if (!(error instanceof ClusterError)) throw error;
      const { operation } = outcome as Partial<Failed>;
      return {
        kind: 'failed',
        ...(operation !== undefined && { operation }),
        message: `${message} ${TRIED_AGAIN}`,
        stands: [],
        undo: [],
      };
    }
  }

  /** Nobody could look at what an earlier process has left: as long as that may pass, it is for the next one to find out. */
  get isWorthAnotherLook(): boolean {
    return this.#isOpen && this.#books.house.now() - (this.entry?.at ?? 0) <= OPEN_MS;
  }

  /** Leaves the operation to the tick. */
  async leave(hasWritten: boolean): Promise<void> {
    await this.#atLast(() => this.#update({ heldUntil: 0, ...this.#soFar(hasWritten) }));
  }

  /** Closes the entry as the outcome says. What came to nothing is forgotten, so that its id may be used again. */
  async close(outcome: ChangeOutcome): Promise<void> {
    if (!this.#isOpen) return;
    const { house, id, holder, asker, options } = this.#books;
    const isTold = options.reporter?.ended !== undefined;
    const kind = outcome.kind === 'cancelled' ? outcome.entry.ended?.kind : endOf(outcome, asker.resumes !== undefined);
    const at = house.now();
    const message = messageOf(outcome);
    await this.#atLast(() =>
      this.#change((journal) => {
        const entry = entryOf(journal, id);
        // Whoever has taken it up meanwhile ends it.
        if (entry?.holder !== holder || entry.ended !== undefined) return undefined;
        return kind === undefined ? dropped(journal, id) : ended(journal, id, { kind, at, message }, isTold);
      }, this.#lastMoment),
    );
    this.#isOpen = false;
  }

  async #update(change: Partial<JournalEntry>, deadline?: number): Promise<void> {
    if (!this.#isOpen) return;
    const { id, holder } = this.#books;
    await this.#change(
      (journal) => (entryOf(journal, id)?.holder === holder ? changed(journal, id, change) : undefined),
      deadline,
    );
  }

  async #change(change: Parameters<typeof changeJournal>[2], deadline = this.#books.options.deadline): Promise<void> {
    const { house, connection, service } = this.#books;
    const patience = patienceOf(house, deadline);
    this.#kept = await changeJournal(patiently(connection, patience), service, change, patience, this.#kept);
  }

  get #lastMoment(): number {
    const { house, options } = this.#books;
    return Math.max(options.deadline, house.now() + LAST_WRITE_MS);
  }

  /** The end of an operation is written down even when its time is over; whoever can't leaves it to the tick. */
  async #atLast(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof ClusterError)) throw error;
      this.#kept = undefined;
    }
  }
}

/** Undefined: nothing was changed, and nothing is to be remembered. */
function endOf(outcome: ChangeOutcome, isResumed: boolean): EndKind | undefined {
  switch (outcome.kind) {
    case 'done':
      return 'done';
    case 'unfinished':
      return 'givenUp';
    case 'failed':
      return outcome.stands.length > 0 || isResumed ? 'failed' : undefined;
    default:
      return isResumed ? 'refused' : undefined;
  }
}

/** The journal has little room, and what a webhook says may be long. */
const LONGEST_MESSAGE = 1_000;

function messageOf(outcome: ChangeOutcome): string {
  const message = wholeMessageOf(outcome);
  return message.length <= LONGEST_MESSAGE ? message : `${message.slice(0, LONGEST_MESSAGE - 1).toWellFormed()}…`;
}

function wholeMessageOf(outcome: ChangeOutcome): string {
  switch (outcome.kind) {
    case 'done':
      return `${outcome.operation.request.command} of ${outcome.operation.pod.name} is done and proven.`;
    case 'failed':
      return [outcome.message, ...outcome.stands].join(' ');
    case 'unfinished':
      return `Not seen in time: ${outcome.proof
        .filter(({ isMet }) => !isMet)
        .map(({ milestone }) => milestone.title)
        .join(', ')}.`;
    case 'refusal':
      return outcome.checks
        .filter(({ level }) => level === 'refusal')
        .map(({ message }) => message)
        .join(' ');
    case 'cancelled':
      return outcome.entry.ended?.message ?? 'It was cancelled.';
    case 'proposal':
      return 'Nothing was changed: the plan became another one, and nobody was there to confirm it.';
    default:
      return 'message' in outcome ? outcome.message : 'Nothing was changed.';
  }
}

/** What is told of an operation that somebody has ended. */
export function cancelledEntry(entry: JournalEntry, stands: readonly string[], now: number): JournalEntry {
  const { cancel } = entry;
  const who = cancel === undefined ? '' : ` by ${cancel.by} at ${time(cancel.at)}`;
  const { instead, to } = cancel ?? {};
  const why = instead === undefined ? '' : `, who has asked to ${to ?? 'change'} it since (operation ${instead})`;
  const what = stands.length === 0 ? 'Nothing was changed.' : stands.join(' ');
  const kind = instead === undefined ? 'cancelled' : 'superseded';
  return { ...entry, heldUntil: 0, ended: { kind, at: now, message: `Ended${who}${why}. ${what}` } };
}
