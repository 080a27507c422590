import { until } from '../virtual-time.ts';
import { CANARIES, startedCanaries } from './canaries.ts';
import { GATES } from './gates.ts';
import {
  DRAINED,
  drained,
  drainedLongAgo,
  EXTENDED,
  FINISHED,
  jobToCarryOut,
  OPERATIONS,
  type Operation,
  RESTORED,
  type Start,
  UNTIL_TAKEN_OVER_MS,
} from './operations.ts';
import { journalOf, stateOf } from './state.ts';
import { SWITCHES } from './switches.ts';
import type { Running, World } from './world.ts';

/** An event that may arrive more than once. */
export interface Delivery extends Omit<Operation, 'begin'> {
  /** Returns what each arrival starts. */
  event(world: World): Promise<() => Running>;
}

/** A command, and its end. */
interface Change {
  readonly command: string;
  readonly words?: string;
  readonly ends: Omit<Operation, 'name' | 'begin'>;
  /** For a runbook. */
  readonly input?: Readonly<Record<string, unknown>>;
}

/** The pod's name, in commands. */
const POD = 'POD';

const CHANGES: readonly Change[] = [
  { command: 'drain', words: 'POD because 5xx', ends: DRAINED, input: { pod: POD } },
  { command: 'restore', words: POD, ends: { ...RESTORED, prepare: drained }, input: { pod: POD } },
  { command: 'extend', words: 'POD 1h', ends: { ...EXTENDED, prepare: drained }, input: { pod: POD, for: '1h' } },
  { command: 'finish', words: POD, ends: { ...FINISHED, prepare: drained }, input: { pod: POD } },
  { command: 'disable', words: 'POD for 1h', ends: OPERATIONS.disable, input: { pod: POD, for: '1h' } },
  { command: 'enable', words: POD, ends: OPERATIONS.enable, input: { pod: POD } },
  { command: 'gate on', ends: GATES.on },
  { command: 'gate off', ends: GATES.off },
  { command: 'canary start', words: '--count 2 for 20m', ends: CANARIES.start, input: { count: 2, for: '20m' } },
  {
    command: 'canary stop',
    words: 'all',
    ends: { ...CANARIES.stop, prepare: startedCanaries },
    input: { selector: 'pitlane.dev/canary' },
  },
  { command: 'switch', words: 'version=green', ends: SWITCHES.bySelector, input: { label: 'version=green' } },
];

const TYPED: readonly Delivery[] = CHANGES.flatMap(({ command, words = '', ends, input = {} }) => {
  const line = `rng ${command} ${words}`;
  return [
    {
      ...ends,
      name: `a command to ${command}`,
      async event(world: World) {
        const job = await jobToCarryOut(world, command, world.typed(`/${line}`));
        return () => world.work(job);
      },
    },
    {
      ...ends,
      name: `a mention to ${command}`,
      async event(world: World) {
        const job = await jobToCarryOut(world, command, world.mentioned(line));
        return () => world.work(job);
      },
    },
    {
      ...ends,
      name: `a runbook's step to ${command}`,
      isUnreported: true as const,
      event: async (world: World) => () =>
        world.runbook({
          command,
          ...input,
          ...(input.pod === POD && { pod: world.pod.name }),
          requestId: 'step-1',
          confirm: true,
        }),
    },
  ];
});

/** The time of a drain is up, and its caller was reminded. */
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
  { ...SWITCHES.undo, name: 'a press on Confirm of an undo', event: pressed('Confirm switch') },
];

const TICKS: readonly Delivery[] = [
  OPERATIONS.drainContinuedBeforeWrite,
  OPERATIONS.drainContinuedAfterWrite,
  OPERATIONS.restoreContinued,
  OPERATIONS.restoreAtItsEnd,
  OPERATIONS.finishAtItsEnd,
  OPERATIONS.enableAtItsEnd,
  CANARIES.end,
].map((operation) => ({
  ...operation,
  name: `a tick for a ${operation.name}`,
  async event(world: World) {
    const start: Start = await operation.begin(world);
    return () => start();
  },
}));

export const DELIVERIES: readonly Delivery[] = [...TYPED, ...PRESSED, ...TICKS];

/** Two different requests at the same time. */
export interface Meeting extends Omit<Operation, 'begin'> {
  meet(world: World): Promise<unknown>;
}

export const MEETINGS: readonly Meeting[] = [
  ...CHANGES.map(({ command, words = '', ends }) => ({
    ...ends,
    name: `a tick beside the worker that has to ${command}`,
    async meet(world: World) {
      const job = await jobToCarryOut(world, command, world.typed(`/rng ${command} ${words}`));
      await Promise.all([world.work(job).ended, world.tick().ended]);
    },
  })),
  {
    ...DRAINED,
    name: 'a tick that believes a slow worker to be dead',
    async meet(world) {
      world.holdNewPods();
      const worker = world.work(await world.typed('/rng drain POD because 5xx'));
      await until('drained', () => stateOf(world) === 'drained');
      world.pass(UNTIL_TAKEN_OVER_MS);
      const tick = world.tick();
      await new Promise((resolve) => setTimeout(resolve, 100));
      world.releaseNewPods();
      await Promise.all([worker.ended, tick.ended]);
    },
  },
  {
    ...RESTORED,
    deeds: { 'taken out': 1, 'put back': 1 },
    reports: 2,
    name: 'a drain that is delivered again after the pod was restored',
    async meet(world) {
      const job = await world.typed('/rng drain POD');
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
    name: 'a drain that is undone by hand before the tick continues it',
    async meet(world) {
      world.holdNewPods();
      const { invocation } = world.work(await world.typed('/rng drain POD because 5xx'));
      await until('written', () => journalOf(world).operations.some(({ written = [] }) => written.length > 0));
      invocation.kill();
      world.putBackByHand();
      world.releaseNewPods();
      await world.settled();
      world.pass(UNTIL_TAKEN_OVER_MS);
      await world.tick().ended;
    },
  },
  {
    ...DRAINED,
    name: 'a cancel while the tick continues the operation',
    mayRace: true,
    async meet(world) {
      const tick = await OPERATIONS.drainContinuedAfterWrite.begin(world);
      const job = await world.typed('/rng cancel');
      await Promise.all([tick().ended, world.work(job).ended]);
    },
  },
];
