import { scheduleId } from '../../pitlane/rotation/schedule.ts';
import { asked, confirmed, type Operation, typed } from './operations.ts';
import type { Scene } from './state.ts';
import type { World } from './world.ts';

const NIGHT = { cron: '0 2 * * *', tz: 'UTC', does: 'disable', forSeconds: 7_200, selector: 'track=none' } as const;
const ADD = '/rng schedule add "0 2 * * *" disable -l track=none for 2h';

/** The schedules in the ConfigMap that only admins write, as text. */
function scheduleState(scene: Scene): string {
  const data: object = scene.object('configmaps', 'pitlane-rng.admin')?.data ?? {};
  return stateOf(Object.keys(data).filter((key) => key.startsWith('schedule.')).length);
}

function stateOf(schedules: number): string {
  return `${schedules} schedules`;
}

async function add(world: World, line: string): Promise<void> {
  await asked(line)(world);
  await world.work(await world.pressed('Confirm schedule add')).ended;
  await world.settled();
}

const SCHEDULE = { setting: { isGated: true }, state: scheduleState, journals: 2, deeds: {}, least: 4 } as const;

export const SCHEDULES = {
  add: {
    name: 'schedule add',
    prepare: asked(ADD),
    begin: confirmed('Confirm schedule add'),
    after: stateOf(1),
    ...SCHEDULE,
    /** The reads of pods and workloads are those of a gate on. */
    faultsAt: /^(?!get|list)|ConfigMap/,
  },
  remove: {
    name: 'schedule remove',
    prepare: (world) => add(world, ADD),
    begin: typed(`/rng schedule remove ${scheduleId(NIGHT)}`),
    after: stateOf(0),
    ...SCHEDULE,
    /** The reads are those of a schedule add. */
    faultsAt: /patch|update/,
  },
  kept: {
    name: 'a pod that a schedule disables',
    setting: { isGated: true },
    prepare: (world) => add(world, '/rng schedule add "* * * * *" disable POD for 1h'),
    begin: async (world) => (fate) => world.tick(fate),
    isRetriedByTick: true,
    after: 'disabled',
    deeds: { 'taken out': 1 },
  },
} as const satisfies Readonly<Record<string, Operation>>;
