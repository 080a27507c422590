import { until } from '../virtual-time.ts';
import {
  DRAINED,
  drained,
  drainedLongAgo,
  EXTENDED,
  FINISHED,
  OPERATIONS,
  type Operation,
  RESTORED,
  type Start,
  UNTIL_LEFT_MS,
} from './operations.ts';
import { keptIn, stateOf } from './state.ts';
import type { Running, World } from './world.ts';

/** An event that may arrive more than once. */
export interface Delivery extends Omit<Operation, 'begin'> {
  /** What happens each time it arrives. */
  event(world: World): Promise<() => Running>;
}

const CHANGES = [
  ['drain', 'because 5xx', DRAINED, undefined],
  ['restore', '', RESTORED, drained],
  ['extend', '1h', EXTENDED, drained],
  ['finish', '', FINISHED, drained],
] as const;

const TYPED: readonly Delivery[] = CHANGES.flatMap(([command, rest, ends, prepare]) => {
  const common = { ...ends, ...(prepare !== undefined && { prepare }) };
  const line = `rng ${command} POD ${rest}`;
  return [
    {
      ...common,
      name: `a command to ${command}`,
      async event(world: World) {
        const job = await world.typed(`/${line}`);
        return () => world.work(job);
      },
    },
    {
      ...common,
      name: `a mention to ${command}`,
      async event(world: World) {
        const job = await world.mentioned(line);
        return () => world.work(job);
      },
    },
    {
      ...common,
      name: `a runbook's step to ${command}`,
      isSilent: true as const,
      event: async (world: World) => () =>
        world.runbook({ command, requestId: 'step-1', confirm: true, ...(command === 'extend' && { for: '1h' }) }),
    },
  ];
});

/** The time of a drain is up, and somebody was asked. */
async function reminded(world: World): Promise<void> {
  await drainedLongAgo(world);
  await world.tick().ended;
}

function pressed(label: string): Delivery['event'] {
  return async (world) => {
    const job = await world.pressed(label);
    return () => world.work(job);
  };
}

const PRESSED: readonly Delivery[] = [
  {
    ...DRAINED,
    name: 'a press on Confirm',
    setting: { isBare: true },
    prepare: async (world) => {
      await world.work(await world.typed('/rng drain POD because 5xx')).ended;
    },
    event: pressed('Confirm drain'),
  },
  { ...RESTORED, name: "a press on a reminder's Restore", prepare: reminded, event: pressed('Restore') },
  { ...FINISHED, name: "a press on a reminder's Finish", prepare: reminded, event: pressed('Finish') },
  { ...EXTENDED, name: "a press on a reminder's Extend", prepare: reminded, event: pressed('Extend 1h') },
];

const TICKS: readonly Delivery[] = [
  OPERATIONS.drainTakenUp,
  OPERATIONS.drainGoneOnWith,
  OPERATIONS.restoreGoneOnWith,
  OPERATIONS.restoreAtItsEnd,
  OPERATIONS.finishAtItsEnd,
].map((operation) => ({
  ...operation,
  name: `the clock, for a ${operation.name}`,
  async event(world: World) {
    const start: Start = await operation.begin(world);
    return () => start();
  },
}));

export const DELIVERIES: readonly Delivery[] = [...TYPED, ...PRESSED, ...TICKS];

/** Two of different kinds that meet. */
export interface Meeting extends Omit<Operation, 'begin'> {
  meet(world: World): Promise<unknown>;
}

export const MEETINGS: readonly Meeting[] = [
  ...CHANGES.map(([command, rest, ends, prepare]) => ({
    ...ends,
    ...(prepare !== undefined && { prepare }),
    name: `a tick beside the worker that has to ${command}`,
    async meet(world: World) {
      const job = await world.typed(`/rng ${command} POD ${rest}`);
      await Promise.all([world.work(job).ended, world.tick().ended]);
    },
  })),
  {
    ...DRAINED,
    name: 'a tick that takes a worker for dead which is only slow',
    async meet(world) {
      world.hold();
      const worker = world.work(await world.typed('/rng drain POD because 5xx'));
      await until('drained', () => stateOf(world) === 'drained');
      world.pass(UNTIL_LEFT_MS);
      const tick = world.tick();
      await new Promise((resolve) => setTimeout(resolve, 100));
      world.release();
      await Promise.all([worker.ended, tick.ended]);
    },
  },
  {
    ...RESTORED,
    deeds: { 'taken out': 1, 'put back': 1 },
    reports: 2,
    name: 'a command to drain that arrives again after the pod was restored',
    async meet(world) {
      const job = await world.typed('/rng drain POD because 5xx');
      await world.work(job).ended;
      await world.settled();
      await world.work(await world.typed('/rng restore POD')).ended;
      await world.settled();
      await world.work(job).ended;
    },
  },
  {
    ...RESTORED,
    deeds: { 'taken out': 1, 'put back': 1 },
    name: 'somebody takes a drain back by hand before the tick takes it up',
    async meet(world) {
      world.hold();
      const { invocation } = world.work(await world.typed('/rng drain POD because 5xx'));
      await until('written', () => keptIn(world).operations.some(({ hasWritten }) => hasWritten === true));
      invocation.kill();
      world.putBackByHand();
      world.release();
      await world.settled();
      world.pass(UNTIL_LEFT_MS);
      await world.tick().ended;
    },
  },
  {
    ...DRAINED,
    name: 'somebody cancels while the tick takes it up',
    mayStop: true,
    async meet(world) {
      const tick = await OPERATIONS.drainGoneOnWith.begin(world);
      const job = await world.typed('/rng cancel');
      await Promise.all([tick().ended, world.work(job).ended]);
    },
  },
];
