import type { Fate } from './fate.ts';
import type { State } from './state.ts';
import type { Deed } from './witness.ts';
import type { Running, World } from './world.ts';

type Start = (fate?: Fate) => Running;

/** One of pitlane's changes, from the event that begins it. */
export interface Operation {
  readonly name: string;
  /** What the drains of its service end with. */
  readonly then?: 'restore' | 'finish';
  /** Gets the world there; what comes of this is what the matrix disturbs. */
  prepare(world: World): Promise<Start>;
  /** How the pod stands when it is done. */
  readonly after: State;
  /** It has more time then than before. */
  readonly isLonger?: true;
  /** What may be done to the pod, and how often. */
  readonly deeds: Readonly<Partial<Record<Deed, number>>>;
  /** Another pod goes in exchange. */
  readonly hasSurplus?: true;
  /** It may end half way, for somebody has wanted it so. */
  readonly mayStop?: true;
}

/** The pod is drained already, and everybody has been told so. */
async function drained(world: World): Promise<void> {
  await world.work(await world.typed('/rng drain POD because 5xx')).ended;
  await world.settled();
}

function typed(line: string, prepare?: (world: World) => Promise<void>): Operation['prepare'] {
  return async (world) => {
    await prepare?.(world);
    const job = await world.typed(line);
    return (fate) => world.work(job, fate);
  };
}

export const DRAIN: Operation = {
  name: 'drain',
  prepare: typed('/rng drain POD because 5xx'),
  after: 'drained',
  deeds: { 'taken out': 1 },
};

export const RESTORE: Operation = {
  name: 'restore',
  prepare: typed('/rng restore POD', drained),
  after: 'in rotation',
  deeds: { 'put back': 1 },
  hasSurplus: true,
};

export const EXTEND: Operation = {
  name: 'extend',
  prepare: typed('/rng extend POD 1h', drained),
  after: 'drained',
  isLonger: true,
  deeds: { 'given more time': 1 },
};

export const FINISH: Operation = {
  name: 'finish',
  prepare: typed('/rng finish POD', drained),
  after: 'gone',
  deeds: { deleted: 1 },
};
