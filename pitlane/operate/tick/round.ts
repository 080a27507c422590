import type { Connection } from '../../cluster/connection.ts';
import type { ListedJournals } from '../../cluster/journal.ts';
import type { ServiceConfig } from '../../config/config.ts';
import type { Pod } from '../../rotation/snapshot.ts';
import type { House } from '../house.ts';
import type { Pitlane } from '../pitlane.ts';
import type { Courier } from './courier.ts';

/** The use case without reads. */
export type Acting = Pick<Pitlane, 'propose' | 'carryOut' | 'resume'>;

export interface TickOptions {
  /** Milliseconds since the epoch: the rest is left to the next tick. */
  readonly deadline: number;
  readonly courier: Courier;
}

/** For the log. */
export interface TickReport {
  readonly namespaces: number;
  /** A sentence each: `prod/dockercoins rng: resumed drain of rng-b85tm (…): done`. */
  readonly did: readonly string[];
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
  /** The pods with the mark of the service. */
  readonly drained: readonly Pod[];
  readonly options: TickOptions;
  did(sentence: string): void;
  trouble(error: unknown): void;
}
