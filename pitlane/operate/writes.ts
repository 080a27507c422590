import type { Connection } from '../cluster/connection.ts';
import { recordEvents } from '../cluster/events.ts';
import type { Plan, WriteStep } from '../rotation/plan.ts';
import type { Service } from '../rotation/snapshot.ts';
import type { OperationEvent } from './outcome.ts';
import { happeningsOf, mayStand, stands } from './words.ts';

/** What one run has written, and when. */
export class Writes {
  readonly #connection: Connection;
  readonly #now: () => number;
  readonly #emit: (event: OperationEvent) => void;
  readonly #steps: WriteStep[] = [];
  readonly #records: Promise<string | undefined>[] = [];
  /** What may be written or not: nobody answered. */
  uncertain: WriteStep | undefined;
  firstAt: number | undefined;
  lastAt: number | undefined;

  constructor(connection: Connection, now: () => number, emit: (event: OperationEvent) => void) {
    this.#connection = connection;
    this.#now = now;
    this.#emit = emit;
  }

  get isAny(): boolean {
    return this.#steps.length > 0;
  }

  has(step: WriteStep): boolean {
    return this.#steps.some(({ title }) => title === step.title);
  }

  /** Tells of it, and writes it down for `kubectl describe`. */
  note(step: WriteStep, { operation }: Plan, service: Service): void {
    const at = this.#now();
    this.#steps.push(step);
    this.firstAt ??= at;
    this.lastAt = at;
    this.#emit({ kind: 'wrote', title: step.title });
    this.#records.push(recordEvents(this.#connection, happeningsOf(step, operation, service, at)));
  }

  /** What stands, a sentence each. */
  stands(): readonly string[] {
    return [...this.#steps.map(stands), ...(this.uncertain === undefined ? [] : [mayStand(this.uncertain)])];
  }

  /** Once every Event is written, or could not be: why not. */
  async recorded(): Promise<readonly string[]> {
    return (await Promise.all(this.#records)).filter((problem) => problem !== undefined);
  }
}
