import { randomBytes } from 'node:crypto';
import { seededRandom, seededStreams } from '../random.ts';
import { bootstrap } from './bootstrap.ts';
import { Store } from './store.ts';

/** The state that requests work on: objects, clock and random numbers. */
export interface Cluster {
  readonly store: Store;
  /** Milliseconds since the epoch. */
  now(): number;
  /** In [0, 1). */
  random(): number;
  /** A random stream for the topic: gives the same numbers whatever other topics draw. */
  stream(topic: string): () => number;
  /** Signs the tokens of service accounts. */
  readonly tokenKey: Buffer;
}

export interface ClusterOptions {
  /** Milliseconds since the epoch; default: the real clock. Timers always run in real time: wake the controllers after a jump. */
  now?: () => number;
  /** Seeds names, uids, addresses and the kubelet's random choices; default 1. */
  seed?: number;
  /** The changes of each resource that watches can resume from; default 5,000. */
  historyLength?: number;
}

/** A cluster that holds only the bootstrap objects. */
export function newCluster({ now = Date.now, seed = 1, historyLength }: ClusterOptions = {}): Cluster {
  const cluster = {
    store: new Store(historyLength),
    now,
    random: seededRandom(seed),
    stream: seededStreams(seed),
    tokenKey: randomBytes(32),
  };
  bootstrap(cluster);
  return cluster;
}
