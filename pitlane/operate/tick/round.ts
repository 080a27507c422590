import type { Connection } from '../../cluster/connection.ts';
import type { ListedJournals } from '../../cluster/journal.ts';
import type { ServiceConfig } from '../../config/config.ts';
import type { Pod } from '../../rotation/snapshot.ts';
import type { House } from '../house.ts';
import type { Pitlane } from '../pitlane.ts';
import type { Courier } from './courier.ts';

/** What a tick does as people do. */
export type Acting = Pick<Pitlane, 'propose' | 'carryOut' | 'resume'>;

export interface TickOptions {
  /** Milliseconds since the epoch: what is not done by then is left to the next tick. */
  readonly deadline: number;
  readonly courier: Courier;
}

/** What a tick did and could not do, for the log. */
export interface TickReport {
  readonly namespaces: number;
  /** A sentence each: `finished drain of rng-b85tm (done)`. */
  readonly did: readonly string[];
  /** What went wrong; everything else was looked after all the same. */
  readonly trouble: readonly TickTrouble[];
}

export interface TickTrouble {
  /** `prod/dockercoins`, or `prod/dockercoins rng`. */
  readonly where: string;
  readonly error: unknown;
}

/** One service in one tick. */
export interface Round {
  readonly house: House;
  readonly pitlane: Acting;
  readonly connection: Connection;
  readonly service: ServiceConfig;
  readonly journals: ListedJournals | undefined;
  /** Those that carry the mark of the service. */
  readonly drained: readonly Pod[];
  readonly options: TickOptions;
  did(sentence: string): void;
  trouble(error: unknown): void;
}
