import { limited } from '../../cluster/limited.ts';
import { type House, namespacesOf } from '../house.ts';
import type { TickOptions, TickReport } from '../use-case.ts';
import { lookAfterCluster, placesAtATime, type TickRound } from './cluster.ts';
import { isThorough } from './minutes.ts';
import { Outages } from './outages.ts';
import type { Place } from './place.ts';
import type { Acting } from './round.ts';

/** With more clusters, each has a process of its own. */
export const MOST_CLUSTERS = 50;

/** Hand-overs side by side. */
const HANDED_OVER_AT_A_TIME = 16;

type Clusters = ReadonlyMap<string, readonly Place[]>;

/** What a process remembers from one tick to the next. */
export interface TickMemory extends Pick<TickRound, 'mayNotList'> {
  readonly clusters: Clusters;
  readonly outages: Outages;
}

export function newTickMemory(house: House): TickMemory {
  const places = namespacesOf(house, house.keys ?? []).map((place, index): Place => ({ ...place, index }));
  const clusters = Map.groupBy(places, ({ cluster }) => cluster);
  return { clusters, outages: new Outages(house, clusters), mayNotList: new Set() };
}

/**
 * Continues the operations that no process works on, looks after drained pods, canaries and gates, and keeps schedules. One
 * request for each namespace, or one for many, and two for each service show if there is anything to do; every 10 minutes two
 * more for each namespace show that a tick looks after its services. An error of one cluster does not affect the others, and
 * one that does not answer is looked at less often.
 */
export async function tick(
  house: House,
  pitlane: Acting,
  { clusters, outages, mayNotList }: TickMemory,
  options: TickOptions,
): Promise<TickReport> {
  const round: TickRound = { house, pitlane, options, did: [], trouble: [], mayNotList };
  const only = options.cluster;
  const due =
    only === undefined
      ? await dueClusters(round, clusters, outages)
      : new Map([...clusters].filter(([name]) => name === only));
  if (only !== undefined && due.size === 0)
    round.trouble.push({ where: only, error: new Error('No service is configured on a cluster of that name.') });
  const atATime = placesAtATime(due.size);
  await Promise.all(
    [...due].map(async ([cluster, places]) => {
      const { hasAnswered, silence } = await lookAfterCluster(round, cluster, places, atATime);
      const trouble = (error: unknown) => round.trouble.push({ where: cluster, error });
      if (silence !== undefined) trouble(silence);
      const telling = { courier: options.courier, trouble };
      if (silence !== undefined) await outages.silent(cluster, silence.message, telling).catch(trouble);
      else if (hasAnswered) await outages.answered(cluster, telling).catch(trouble);
    }),
  );
  const namespaces = [...due.values()].flat().length;
  return { namespaces, did: round.did, trouble: round.trouble };
}

/** The clusters that this process looks after now. The others are handed over, or left to a later tick. */
async function dueClusters(
  { house, options: { handOver }, trouble }: TickRound,
  clusters: Clusters,
  outages: Outages,
): Promise<Clusters> {
  const handsOver = handOver !== undefined && clusters.size > MOST_CLUSTERS;
  const loading = outages.load(handsOver || isThorough(house.now()));
  // The processes of the clusters know nothing of each other. Otherwise a mark may come late: it must not delay the others.
  if (handsOver) await loading;
  const due = [...clusters].filter(([cluster]) => !outages.isLeftOut(cluster, house.now()));
  if (!handsOver) return new Map(due);
  let hasFailed = false;
  const kept = await limited(
    due,
    async ([cluster, places]) => {
      // Only this process knows that it has to tell of its end.
      if (hasFailed || outages.isKnown(cluster)) return [[cluster, places] as const];
      try {
        await handOver(cluster);
        return [];
      } catch (error) {
        hasFailed = true;
        trouble.push({ where: cluster, error });
        return [[cluster, places] as const];
      }
    },
    HANDED_OVER_AT_A_TIME,
  );
  return new Map(kept.flat());
}
