import { type House, namespacesOf } from '../house.ts';
import type { TickOptions, TickReport } from '../use-case.ts';
import { lookAfterCluster, placesAtATime, type TickRound } from './cluster.ts';
import type { Acting } from './round.ts';

/** What a process remembers from one tick to the next. */
export type TickMemory = Pick<TickRound, 'mayNotList'>;

export function newTickMemory(): TickMemory {
  return { mayNotList: new Set() };
}

/**
 * Continues the operations that no process works on, looks after drained pods, canaries and gates, and keeps schedules. One
 * request for each namespace and two for each service show if there is anything to do; every 10 minutes two more for each
 * namespace show that a tick looks after its services. An error of one cluster does not affect the others.
 */
export async function tick(
  house: House,
  pitlane: Acting,
  memory: TickMemory,
  options: TickOptions,
): Promise<TickReport> {
  const places = namespacesOf(house, house.keys ?? []);
  const clusters = Map.groupBy(places, ({ cluster }) => cluster);
  const round: TickRound = { house, pitlane, options, did: [], trouble: [], ...memory };
  const atATime = placesAtATime(clusters.size);
  await Promise.all(
    [...clusters].map(async ([cluster, its]) => {
      const error = await lookAfterCluster(round, cluster, its, atATime);
      if (error !== undefined) round.trouble.push({ where: cluster, error });
    }),
  );
  return { namespaces: places.length, did: round.did, trouble: round.trouble };
}
