import type { Call, Connection } from '../../pitlane/cluster/connection.ts';
import { gateRuleName } from '../../pitlane/rotation/gate-rule.ts';
import type { Space } from './space.ts';

/** The fewest ready endpoints while the work was done, as a reader of the slices sees them. */
export async function fewestReady(on: Space, work: Promise<unknown>): Promise<number> {
  let isOver = false;
  const ended = work.finally(() => {
    isOver = true;
  });
  let fewest = Number.POSITIVE_INFINITY;
  do {
    const ready = (await on.endpoints()).filter(({ conditions }) => conditions?.ready).length;
    fewest = Math.min(fewest, ready);
  } while (!isOver);
  await ended;
  return fewest;
}

/**
 * Every request after so many writes fails, as if the process was killed. Only its lease is released and its Events are
 * written, so that the next one does not wait until the lease expires.
 */
export function mortal(most: number): { through: (connection: Connection) => Connection; wrote: () => number } {
  let writes = 0;
  let isDead = false;
  const alive = () => {
    if (isDead) throw new Error('killed');
  };
  const isCounted = ({ verb, place, dryRun }: Call) =>
    ['patch', 'create', 'delete'].includes(verb) &&
    dryRun !== true &&
    (['pods', 'services', 'deployments'].includes(place.resource.plural) ||
      place.name === gateRuleName('web') ||
      (verb === 'create' && place.resource.plural === 'configmaps'));
  return {
    wrote: () => writes,
    through: (connection) => ({
      ...connection,
      async send<T>(call: Call) {
        if (['leases', 'events'].includes(call.place.resource.plural)) return connection.send<T>(call);
        alive();
        if (isCounted(call)) {
          if (writes === most) isDead = true;
          alive();
          writes += 1;
        }
        return connection.send<T>(call);
      },
      async open(call: Call) {
        alive();
        return connection.open(call);
      },
    }),
  };
}
