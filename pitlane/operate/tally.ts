import type { Milestone, Progress } from '../rotation/plan.ts';
import { progressOf } from '../rotation/proof.ts';
import type { Snapshot } from '../rotation/snapshot.ts';
import type { OperationEvent } from './outcome.ts';

/** Keeps count of which milestones are reached, and tells of each change once. */
export class Tally {
  readonly #now: () => number;
  readonly #emit: (event: OperationEvent) => void;
  readonly #metAt = new Map<number, number>();
  #progress: readonly Progress[] = [];
  #told = '';

  constructor(now: () => number, emit: (event: OperationEvent) => void) {
    this.#now = now;
    this.#emit = emit;
  }

  get progress(): readonly Progress[] {
    return this.#progress;
  }

  /** What is still to come, told to nobody yet. `isStale`: the snapshot is older than the last write, and says nothing of it. */
  expect(proof: readonly Milestone[], snapshot: Snapshot, isStale: boolean): void {
    this.#progress = progressOf(proof, snapshot).map((progress) =>
      isStale && !progress.isMet
        ? { ...progress, seen: `${progress.milestone.title}: nothing was seen since the write` }
        : progress,
    );
  }

  look(proof: readonly Milestone[], snapshot: Snapshot): void {
    this.#progress = progressOf(proof, snapshot);
    for (const [index, { isMet }] of this.#progress.entries()) {
      if (!isMet) {
        this.#metAt.delete(index);
      } else if (!this.#metAt.has(index)) {
        this.#metAt.set(index, this.#now());
      }
    }
    const telling = JSON.stringify(this.#progress.map(({ isMet, seen }) => [isMet, seen]));
    if (telling !== this.#told) {
      this.#told = telling;
      this.#emit({ kind: 'progress', proof: this.#progress });
    }
  }

  /** Milliseconds from then to each milestone, in the order of the proof; undefined where it is not reached, or nothing was written. */
  took(since: number | undefined): readonly (number | undefined)[] {
    return this.#progress.map((_, index) => {
      const at = this.#metAt.get(index);
      return since === undefined || at === undefined ? undefined : Math.max(0, at - since);
    });
  }
}
