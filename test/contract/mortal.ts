import type { Call, Connection } from '../../pitlane/cluster/connection.ts';
import { gateRuleName } from '../../pitlane/rotation/gate-rule.ts';
import { type EndpointSlice, nameOf } from './objects.ts';
import type { Space } from './space.ts';

/** The fewest ready endpoints at any moment of the work: the watch shows each state of the slices, and polls would not. */
export async function fewestReady(on: Space, work: Promise<unknown>): Promise<number> {
  const query = { labelSelector: 'kubernetes.io/service-name=web' };
  const { body } = await on.ask<SliceList>('GET', 'endpointslices', '', { query });
  const { resourceVersion } = body.metadata;
  const watch = await on.watch<EndpointSlice>('endpointslices', { ...query, resourceVersion });
  await work;
  const last = await on.slices();
  const isSeen = (slice: EndpointSlice) =>
    [...body.items, ...watch.events.map(({ object }) => object)].some((seen) => versionOf(seen) === versionOf(slice));
  await watch.untilEvents('the last slices', () => last.every(isSeen));
  watch.close();
  const slices = new Map(body.items.map((slice) => [nameOf(slice), readyIn(slice)]));
  const ready = () => slices.values().reduce((sum, count) => sum + count, 0);
  let fewest = ready();
  for (const { type, object } of watch.events) {
    slices.set(nameOf(object), type === 'DELETED' ? 0 : readyIn(object));
    fewest = Math.min(fewest, ready());
  }
  return fewest;
}

interface SliceList {
  readonly metadata: { readonly resourceVersion: string };
  readonly items: readonly EndpointSlice[];
}

const versionOf = ({ metadata }: EndpointSlice): string => metadata.resourceVersion;
const readyIn = ({ endpoints }: EndpointSlice): number =>
  (endpoints ?? []).filter(({ conditions }) => conditions?.ready).length;

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
    (['pods', 'services', 'deployments', 'daemonsets'].includes(place.resource.plural) ||
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
