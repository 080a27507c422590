import type { Connection } from '../../cluster/connection.ts';
import type { ServiceJournals } from '../../cluster/journal.ts';
import type { Observation } from '../../cluster/observe.ts';
import type { Patience } from '../../cluster/retry.ts';
import type { ServiceConfig } from '../../config/config.ts';
import type { Journal } from '../../journal/entry.ts';
import type { GateLabel, Pod } from '../../rotation/snapshot.ts';
import type { Asker } from '../asker.ts';
import type { House } from '../house.ts';
import type { Pitlane, TickOptions } from '../use-case.ts';

/** The use case without reads. */
export type Acting = Pick<Pitlane, 'propose' | 'carryOut' | 'resume'>;

/** One service in one tick. */
export interface Round {
  readonly house: House;
  readonly pitlane: Acting;
  readonly connection: Connection;
  /** The same cluster with the rights of the asker. */
  connect(asker: Asker): Promise<Connection>;
  /** Ends when the cluster no longer answers. */
  readonly patience: Patience;
  readonly service: ServiceConfig;
  readonly journals: ServiceJournals | undefined;
  /** As it was read at the beginning; empty: there is none. */
  readonly journal: Journal;
  /** The pods with the mark of the service. */
  readonly drained: readonly Pod[];
  readonly options: TickOptions;
  /** Looks at more than what is due, as one of ten ticks does. */
  readonly isThorough: boolean;
  /** The service, its endpoints and its members, also those without that gate. Observed once in a tick. */
  survey(connection: Connection, gate: GateLabel): Promise<Observation>;
  did(sentence: string): void;
  trouble(error: unknown): void;
}
