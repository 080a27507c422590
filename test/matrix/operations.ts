import { until } from '../virtual-time.ts';
import type { Fate } from './fate.ts';
import { isOpen, type State, stateOf } from './state.ts';
import type { Deed } from './witness.ts';
import type { Running, Setting, World } from './world.ts';

export type Start = (fate?: Fate) => Running;

/** One of pitlane's changes, from the event that begins it to its last word. */
export interface Operation {
  readonly name: string;
  readonly setting?: Setting;
  /** Gets the world to where the story begins. */
  prepare?(world: World): Promise<void>;
  /** Begins it, up to the function whose requests the matrix disturbs. */
  begin(world: World): Promise<Start>;
  /** Once that function has ended. */
  release?(world: World): void;
  /** How the pod stands when it is done. */
  readonly after: State;
  /** It has more time then than before. */
  readonly isLonger?: true;
  /** What may be done to the pod, and how often. */
  readonly deeds: Readonly<Partial<Record<Deed, number>>>;
  /** Another pod goes in exchange. */
  readonly hasSurplus?: true;
  /** What failed before anything was noted is begun anew by the next tick. */
  readonly isBegunAnew?: true;
  /** Changes that are told of; default: 1. */
  readonly reports?: number;
  /** Who is faster decides whether it is done. */
  readonly mayStop?: true;
  /** Nobody in Slack has asked for it. */
  readonly isSilent?: true;
}

/** As long a process that is silent is taken for alive, and a little more. */
export const UNTIL_LEFT_MS = 61_000;
const UNTIL_ITS_END_MS = 3_660_000;
const MOST_TICKS = 3;

function typed(line: string): Operation['begin'] {
  return async (world) => {
    const job = await world.typed(line);
    return (fate) => world.work(job, fate);
  };
}

/** The pod is drained already, and everybody has been told so. */
export async function drained(world: World): Promise<void> {
  await world.work(await world.typed('/rng drain POD because 5xx')).ended;
  await world.settled();
  for (let ticks = 0; isOpen(world); ticks += 1) {
    if (ticks > MOST_TICKS) throw new Error('the drain that comes before does not end');
    world.pass(UNTIL_LEFT_MS);
    await world.tick().ended;
  }
}

/** So long ago that its time is up. */
export async function drainedLongAgo(world: World): Promise<void> {
  await drained(world);
  world.pass(UNTIL_ITS_END_MS);
}

/** The worker dies after that request, and everybody gets to see it. */
function left(line: string, request: string): Operation['begin'] {
  return async (world) => {
    const at = { name: request, system: 'Kubernetes' } as const;
    await world.work(await world.typed(line), { at, verdict: 'killedAfter' }).ended;
    await world.settled();
    world.pass(UNTIL_LEFT_MS);
    return (fate) => world.tick(fate);
  };
}

export const DRAINED = { after: 'drained', deeds: { 'taken out': 1 } } as const;
export const RESTORED = { after: 'in rotation', deeds: { 'put back': 1 }, hasSurplus: true } as const;
export const EXTENDED = { after: 'drained', isLonger: true, deeds: { 'given more time': 1 } } as const;
export const FINISHED = { after: 'gone', deeds: { deleted: 1 } } as const;

/** With what the clock does beside them, all that pitlane changes. */
export const OPERATIONS = {
  drain: { name: 'drain', begin: typed('/rng drain POD because 5xx'), ...DRAINED },
  restore: { name: 'restore', prepare: drained, begin: typed('/rng restore POD'), ...RESTORED },
  extend: { name: 'extend', prepare: drained, begin: typed('/rng extend POD 1h'), ...EXTENDED },
  finish: { name: 'finish', prepare: drained, begin: typed('/rng finish POD'), ...FINISHED },
  cancel: {
    name: 'cancel of a drain under way',
    mayStop: true,
    async begin(world) {
      world.hold();
      world.work(await world.typed('/rng drain POD because 5xx'));
      await until('drained', () => stateOf(world) === 'drained');
      const job = await world.typed('/rng cancel');
      return (fate) => world.work(job, fate);
    },
    release: (world) => world.release(),
    ...DRAINED,
  },
  cancelOfLeft: {
    name: 'cancel of a drain that was left',
    mayStop: true,
    async begin(world) {
      await left('/rng drain POD because 5xx', 'patch Pod')(world);
      const job = await world.typed('/rng cancel');
      return (fate) => world.work(job, fate);
    },
    ...DRAINED,
  },
  drainTakenUp: {
    name: 'drain that the tick takes up before its write',
    begin: left('/rng drain POD because 5xx', 'update ConfigMap'),
    ...DRAINED,
  },
  drainGoneOnWith: {
    name: 'drain that the tick takes up after its write',
    begin: left('/rng drain POD because 5xx', 'patch Pod'),
    ...DRAINED,
  },
  restoreGoneOnWith: {
    name: 'restore that the tick takes up half way',
    prepare: drained,
    begin: left('/rng restore POD', 'patch Pod'),
    ...RESTORED,
  },
  restoreAtItsEnd: {
    name: 'restore at the end of a drain',
    setting: { then: 'restore' },
    prepare: drainedLongAgo,
    begin: async (world) => (fate) => world.tick(fate),
    isBegunAnew: true,
    ...RESTORED,
  },
  finishAtItsEnd: {
    name: 'finish at the end of a drain',
    setting: { then: 'finish' },
    prepare: drainedLongAgo,
    begin: async (world) => (fate) => world.tick(fate),
    isBegunAnew: true,
    ...FINISHED,
  },
} as const satisfies Readonly<Record<string, Operation>>;
