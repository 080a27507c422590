import { asked, confirmed, type Operation, typed } from './operations.ts';
import { journalOf, type Scene, selectorIn } from './state.ts';
import { isCanary, isSelected } from './witness.ts';
import type { World } from './world.ts';

/** The canaries, as text: with those that no controller but the Service has adopted, and those that the tick deletes. */
function canaryState(scene: Scene): string {
  const canaries = scene.pods().filter((pod) => isCanary(pod) && pod.metadata.deletionTimestamp === undefined);
  const inService = canaries.filter((pod) => isSelected(pod, selectorIn(scene)));
  const free = canaries.filter(({ metadata }) => metadata.ownerReferences?.every(({ kind }) => kind === 'Service'));
  const noted = journalOf(scene).canaries.map(({ pod }) => pod.uid);
  const known = canaries.filter(({ metadata }) => noted.includes(metadata.uid));
  return stateOf(canaries.length, inService.length, free.length, known.length);
}

function stateOf(...[canaries, inService, free, noted]: readonly number[]): string {
  return `${canaries} canaries, ${inService} in the service, ${free} not adopted, ${noted} noted`;
}

const NONE = stateOf(0, 0, 0, 0);
const TWO = stateOf(2, 2, 2, 2);
const UNTIL_THEIR_END_MS = 21 * 60_000;

export async function startedCanaries(world: World): Promise<void> {
  await world.work(await world.typed('/rng canary start --count 2 for 20m')).ended;
  await world.settled();
}

/** What is left half way is deleted like any other canary. */
const STOPPED = { by: { command: 'canary stop', selector: 'pitlane.dev/canary' }, to: NONE } as const;
const STOP = {
  state: canaryState,
  after: NONE,
  deeds: {},
  // They leave the endpoints first.
  others: { 'taken out': 2, deleted: 2 },
  least: 4,
  takenBack: STOPPED,
} as const;

export const CANARIES = {
  start: {
    name: 'canary start',
    begin: typed('/rng canary start --count 2 for 20m'),
    state: canaryState,
    after: TWO,
    deeds: {},
    others: { 'started as a canary': 2 },
    least: 4,
    takenBack: STOPPED,
  },
  stop: {
    name: 'canary stop',
    async prepare(world) {
      await startedCanaries(world);
      await asked('/rng canary stop all')(world);
    },
    begin: confirmed('Confirm canary stop'),
    ...STOP,
    /** The journal and the lease are those of a finish. */
    faultsAt: /Pod|chat|upload|response/,
  },
  end: {
    name: 'canaries at their end',
    async prepare(world) {
      await startedCanaries(world);
      world.pass(UNTIL_THEIR_END_MS);
    },
    begin: async (world) => (fate) => world.tick(fate),
    isRetriedByTick: true,
    // Each canary may be held by another tick.
    reports: 2,
    ...STOP,
    faultsAt: /patch|delete|create Event|upload/,
  },
} as const satisfies Readonly<Record<string, Operation>>;
