import type { Connection } from '../cluster/connection.ts';
import type { ServiceConfig } from '../config/config.ts';
import type { PodRef } from '../rotation/snapshot.ts';
import type { AdvanceOptions } from './asker.ts';
import type { Bookkeeping } from './bookkeeping.ts';
import { takeEvidence } from './evidence.ts';
import type { House } from './house.ts';
import type { OperationEvent } from './outcome.ts';

interface Keeping {
  readonly house: House;
  readonly connection: Connection;
  readonly service: ServiceConfig;
  readonly options: AdvanceOptions;
  readonly emit: (event: OperationEvent) => void;
  readonly books: Bookkeeping;
}

/** Takes the evidence of one pod and has it kept, once for each run. */
export class EvidenceKeeper {
  readonly #keeping: Keeping;
  #kept: Promise<string | undefined> | undefined;

  constructor(keeping: Keeping) {
    this.#keeping = keeping;
  }

  /** Why it could not be kept; undefined: it was. Never rejects. */
  keep(pod: PodRef): Promise<string | undefined> {
    this.#kept ??= this.#take(pod).catch((error: unknown) => (error instanceof Error ? error.message : String(error)));
    return this.#kept;
  }

  /** How it went, where it was begun. */
  async over(): Promise<string | undefined> {
    return this.#kept;
  }

  async #take(pod: PodRef): Promise<undefined> {
    const { house, connection, service, options, emit, books } = this.#keeping;
    const evidence = await takeEvidence(connection, service, pod, { deadline: options.deadline, now: house.now });
    if (options.reporter?.keep !== undefined) {
      await options.reporter.keep(evidence);
      books.noteEvidence();
    }
    emit({ kind: 'evidence', evidence });
  }
}
