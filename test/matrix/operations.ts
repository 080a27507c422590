import type { Job } from '../../pitlane/chat/job.ts';
import { until } from '../virtual-time.ts';
import type { Fate } from './fate.ts';
import { isOpen, type Scene, stateOf } from './state.ts';
import type { Deed } from './witness.ts';
import type { Running, Setting, World } from './world.ts';

export type Start = (fate?: Fate) => Running;

/** One of Pitlane's changes, from its first event to its last report. */
export interface Operation {
  readonly name: string;
  readonly setting?: Setting;
  /** Prepares the cluster for the operation. */
  prepare?(world: World): Promise<void>;
  /** Begins it; returns how to start the function whose requests get the faults. */
  begin(world: World): Promise<Start>;
  /** Called after that function has ended. */
  release?(world: World): void;
  /** The state of what it changes, as text; default: the state of the pod. */
  state?(scene: Scene): string;
  /** The state when it is done. */
  readonly after: string;
  /** The drain ends later than before. */
  readonly isLonger?: true;
  /** How often the pod may be changed in which way. */
  readonly deeds: Readonly<Partial<Record<Deed, number>>>;
  /** How many other objects may be changed in which way, each of them once. */
  readonly others?: Readonly<Partial<Record<Deed, number>>>;
  /** The fewest pods in rotation; default: the minimum of four pods. */
  readonly least?: number;
  /** It may stop half way. This command then leads to the state `to`; default: the one before. */
  readonly takenBack?: {
    readonly by: { readonly command: string } & Readonly<Record<string, unknown>>;
    readonly to?: string;
  };
  /** The number of journals that have to know of it; default: 1. */
  readonly journals?: 2;
  /** Only these requests get faults; default: all. */
  readonly faultsAt?: RegExp;
  /** If it fails before the journal knows of it, the next tick begins it again. */
  readonly isRetriedByTick?: true;
  /** How many reports there are; default: 1. */
  readonly reports?: number;
  /** It may be done or not: two processes race. */
  readonly mayRace?: true;
  /** Nothing is reported in Slack. */
  readonly isUnreported?: true;
}

/** How long a process may be silent before the tick takes over its operation, and one second more. */
export const UNTIL_TAKEN_OVER_MS = 61_000;
const UNTIL_DRAIN_ENDS_MS = 3_660_000;
const MOST_TICKS = 3;

export function typed(line: string): Operation['begin'] {
  return async (world) => {
    const job = await world.typed(line);
    return (fate) => world.work(job, fate);
  };
}

/** Commands that ask before they delete. */
const ASKS = ['finish', 'canary stop'];

/** The job that carries the command out: of a command that asks, the press on Confirm. */
export async function jobToCarryOut(world: World, command: string, typed: Promise<Job>): Promise<Job> {
  const job = await typed;
  if (!ASKS.includes(command)) return job;
  await world.work(job).ended;
  return world.pressed(`Confirm ${command}`);
}

/** Types a command that Pitlane asks about, and waits for the question. */
export function asked(line: string): (world: World) => Promise<void> {
  return async (world) => {
    await world.work(await world.typed(line)).ended;
  };
}

export function confirmed(label: string): Operation['begin'] {
  return async (world) => {
    const job = await world.pressed(label);
    return (fate) => world.work(job, fate);
  };
}

/** Drains the pod, and waits for the report. Without a reason, a restore does not ask. */
export async function drained(world: World): Promise<void> {
  await world.work(await world.typed('/rng drain POD')).ended;
  await world.settled();
  for (let ticks = 0; isOpen(world); ticks += 1) {
    if (ticks > MOST_TICKS) throw new Error('the first drain does not end');
    world.pass(UNTIL_TAKEN_OVER_MS);
    await world.tick().ended;
  }
}

/** Drains the pod, and skips its time. */
export async function drainedLongAgo(world: World): Promise<void> {
  await drained(world);
  world.pass(UNTIL_DRAIN_ENDS_MS);
}

async function disabled(world: World): Promise<void> {
  await world.work(await world.typed('/rng disable POD for 1h because 5xx')).ended;
  await world.settled();
}

/** Kills the worker after that request, and skips the time until the tick takes over. */
function continued(line: string, request: string): Operation['begin'] {
  return async (world) => {
    const at = { name: request, system: 'Kubernetes' } as const;
    await world.work(await world.typed(line), { at, verdict: 'killedAfter' }).ended;
    await world.settled();
    world.pass(UNTIL_TAKEN_OVER_MS);
    return (fate) => world.tick(fate);
  };
}

export const DRAINED = { after: 'drained', deeds: { 'taken out': 1 } } as const;
export const RESTORED = { after: 'in rotation', deeds: { 'put back': 1 }, others: { deleted: 1 } } as const;
export const EXTENDED = { after: 'drained', isLonger: true, deeds: { 'given more time': 1 } } as const;
export const FINISHED = { after: 'gone', deeds: { deleted: 1 } } as const;

const DISABLED = { setting: { isGated: true }, after: 'disabled', deeds: { 'taken out': 1 } } as const;
const ENABLED = { setting: { isGated: true }, after: 'in rotation', deeds: { 'put back': 1 } } as const;

/** All changes, with those that the tick continues or begins. */
export const OPERATIONS = {
  drain: { name: 'drain', begin: typed('/rng drain POD because 5xx'), ...DRAINED },
  restore: { name: 'restore', prepare: drained, begin: typed('/rng restore POD'), ...RESTORED },
  extend: { name: 'extend', prepare: drained, begin: typed('/rng extend POD 1h'), ...EXTENDED },
  finish: {
    name: 'finish',
    prepare: drained,
    async begin(world) {
      const job = await jobToCarryOut(world, 'finish', world.typed('/rng finish POD'));
      return (fate) => world.work(job, fate);
    },
    ...FINISHED,
  },
  disable: { name: 'disable', begin: typed('/rng disable POD for 1h because 5xx'), ...DISABLED },
  enable: { name: 'enable', prepare: disabled, begin: typed('/rng enable POD'), ...ENABLED },
  disableContinued: {
    name: 'disable that the tick continues after its write',
    begin: continued('/rng disable POD for 1h', 'patch Pod'),
    ...DISABLED,
  },
  enableAtItsEnd: {
    name: 'enable at the end of a disable',
    async prepare(world) {
      await disabled(world);
      world.pass(UNTIL_DRAIN_ENDS_MS);
    },
    begin: async (world) => (fate) => world.tick(fate),
    isRetriedByTick: true,
    ...ENABLED,
  },
  cancel: {
    name: 'cancel of a drain in progress',
    mayRace: true,
    async begin(world) {
      world.holdNewPods();
      world.work(await world.typed('/rng drain POD because 5xx'));
      await until('drained', () => stateOf(world) === 'drained');
      const job = await world.typed('/rng cancel');
      return (fate) => world.work(job, fate);
    },
    release: (world) => world.releaseNewPods(),
    ...DRAINED,
  },
  cancelOfDead: {
    name: 'cancel of a drain whose worker died',
    mayRace: true,
    async begin(world) {
      await continued('/rng drain POD because 5xx', 'patch Pod')(world);
      const job = await world.typed('/rng cancel');
      return (fate) => world.work(job, fate);
    },
    ...DRAINED,
  },
  drainContinuedBeforeWrite: {
    name: 'drain that the tick continues before its write',
    begin: continued('/rng drain POD because 5xx', 'update ConfigMap'),
    ...DRAINED,
  },
  drainContinuedAfterWrite: {
    name: 'drain that the tick continues after its write',
    begin: continued('/rng drain POD because 5xx', 'patch Pod'),
    ...DRAINED,
  },
  restoreContinued: {
    name: 'restore that the tick continues half way',
    prepare: drained,
    begin: continued('/rng restore POD', 'patch Pod'),
    ...RESTORED,
  },
  restoreAtItsEnd: {
    name: 'restore at the end of a drain',
    setting: { then: 'restore' },
    prepare: drainedLongAgo,
    begin: async (world) => (fate) => world.tick(fate),
    isRetriedByTick: true,
    ...RESTORED,
  },
  finishAtItsEnd: {
    name: 'finish at the end of a drain',
    setting: { then: 'finish' },
    prepare: drainedLongAgo,
    begin: async (world) => (fate) => world.tick(fate),
    isRetriedByTick: true,
    ...FINISHED,
  },
} as const satisfies Readonly<Record<string, Operation>>;
