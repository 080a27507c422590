import type { Connection } from '../../cluster/connection.ts';
import { CannotConnect, Stopped, Unavailable } from '../../cluster/errors.ts';
import { limited } from '../../cluster/limited.ts';
import { listPods, listPodsByNamespace } from '../../cluster/list.ts';
import { listening } from '../../cluster/listening.ts';
import { patiently } from '../../cluster/retry.ts';
import { ignoreForbidden } from '../../cluster/tolerate.ts';
import { DRAINED_FROM } from '../../rotation/marks.ts';
import { type House, patienceOf } from '../house.ts';
import type { TickOptions, TickTrouble } from '../use-case.ts';
import { within } from '../within.ts';
import { type ClusterRound, lookAfterPlace, type Place } from './place.ts';
import type { Acting } from './round.ts';

/** A cluster that has not answered for so long is left to a later tick. */
const SILENCE_MS = 10_000;

/** Places that are looked at side by side, in one cluster and in all clusters. */
const AT_A_TIME = 16;
const AT_A_TIME_IN_ALL = 64;

/** A place that takes longer, as operations do, does not keep the next ones waiting. */
const LONG_MS = 2_000;

/** From so many places on, one list of all drained pods replaces the lists of each namespace. */
const LISTED_TOGETHER = 50;

/** What one tick has in common for all clusters. */
export interface TickRound {
  readonly house: House;
  readonly pitlane: Acting;
  readonly options: TickOptions;
  readonly did: string[];
  readonly trouble: TickTrouble[];
  /** The clusters in which the tick may not list the pods of all namespaces. */
  readonly mayNotList: Set<string>;
}

/** Clusters are independent of each other, so that a slow one delays no other. */
export function placesAtATime(clusters: number): number {
  return Math.max(1, Math.min(AT_A_TIME, Math.floor(AT_A_TIME_IN_ALL / clusters)));
}

export interface Looked {
  readonly hasAnswered: boolean;
  /** Why the rest of the cluster is left to a later tick, because it does not answer. */
  readonly silence?: Error;
}

/** Looks after the places of a cluster. Never rejects. */
export async function lookAfterCluster(
  round: TickRound,
  cluster: string,
  places: readonly Place[],
  atATime: number,
): Promise<Looked> {
  const { house, pitlane, options, did, trouble } = round;
  const heard = listening(SILENCE_MS);
  const { signal } = heard;
  const silent = (): Looked => {
    const { hasAnswered, failure } = heard;
    const silence =
      failure instanceof Error ? failure : new Error(`The cluster did not answer within ${SILENCE_MS / 1000} s.`);
    return { hasAnswered, silence };
  };
  try {
    const patience = patienceOf(house, options.deadline, { signal });
    const opened = await connected(heard.connecting(Promise.resolve(house.connect(cluster))), signal);
    if (opened === undefined) return silent();
    const connection = patiently(heard.to(opened), patience);
    const news: TickTrouble[] = [];
    const common: ClusterRound = {
      ...{ house, pitlane, options, did, patience, connection },
      trouble: news,
      connect: async (asker) => heard.to(await house.connect(cluster, asker)),
      drainedIn: drainedPods(round, cluster, connection, places.length),
    };
    const looks: Promise<void>[] = [];
    await limited(
      places,
      async (place) => {
        if (signal.aborted) return;
        const look = lookAfterPlace(common, place);
        looks.push(look);
        await within(LONG_MS, look);
      },
      atATime,
    );
    await Promise.all(looks);
    if (!signal.aborted) {
      trouble.push(...news);
      return { hasAnswered: heard.hasAnswered };
    }
    trouble.push(...news.filter(({ error }) => !(error instanceof Unavailable || error instanceof Stopped)));
    return silent();
  } catch (error) {
    if (error instanceof CannotConnect) return { hasAnswered: false, silence: error };
    trouble.push({ where: cluster, error });
    return { hasAnswered: heard.hasAnswered };
  } finally {
    heard.end();
  }
}

/** Undefined: not within the time. */
async function connected(connecting: Promise<Connection>, signal: AbortSignal): Promise<Connection | undefined> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  signal.addEventListener('abort', () => resolve(undefined), { once: true });
  return Promise.race([connecting, promise]);
}

/** The drained pods of a namespace: from one list of the cluster, where there are many namespaces and the rights allow it. */
function drainedPods(
  { mayNotList }: TickRound,
  cluster: string,
  connection: Connection,
  places: number,
): ClusterRound['drainedIn'] {
  const listed =
    places < LISTED_TOGETHER || mayNotList.has(cluster)
      ? undefined
      : ignoreForbidden(listPodsByNamespace(connection, DRAINED_FROM)).then((all) => {
          if (all === undefined) mayNotList.add(cluster);
          return all;
        });
  // Each place that waits for it gets the error.
  listed?.catch(() => {});
  return async (namespace) => {
    const together = await listed;
    if (together !== undefined) return together.get(namespace) ?? [];
    return (await listPods(connection, { namespace, labelSelector: DRAINED_FROM }, 'whole')).items;
  };
}
