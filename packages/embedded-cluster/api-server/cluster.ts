import { seededDice, seededRandom } from '../random.ts';
import { Store } from './store.ts';

/** What the rules of writing work on: the objects, the clock and the dice. */
export interface Cluster {
  readonly store: Store;
  /** Milliseconds since the epoch. */
  now(): number;
  /** In [0, 1). */
  random(): number;
  /** A stream of its own for the topic: the same draws again, whatever else is drawn meanwhile. */
  dice(topic: string): () => number;
}

export interface ClusterOptions {
  /** Milliseconds since the epoch; default: the real clock. */
  now?: (() => number) | undefined;
  /** Decides names, uids and addresses; default 1. */
  seed?: number | undefined;
}

export function newCluster({ now = Date.now, seed = 1 }: ClusterOptions = {}): Cluster {
  return { store: new Store(), now, random: seededRandom(seed), dice: seededDice(seed) };
}
