import { stateOfMessage } from '../../pitlane/chat/blocks/state.ts';
import { during } from '../virtual-time.ts';
import { linesOf } from './claims.ts';
import type { Fate, Sent } from './fate.ts';
import type { Invocation } from './invocation.ts';
import { type Before, beforeOf, isDone, isHalfDone, wrongs } from './judge.ts';
import { type Operation, UNTIL_TAKEN_OVER_MS } from './operations.ts';
import type { Stage } from './stage.ts';
import { isOpen, journalOf } from './state.ts';
import { World } from './world.ts';

export interface Played {
  readonly wrongs: readonly string[];
  /** The pod is in the wanted state, or its caller was asked what to do. */
  readonly isDone: boolean;
  /** The fault has occurred. */
  readonly hasOccurred: boolean;
  /** Messages, changes and requests, to understand a wrong case. */
  readonly story: string;
  readonly requests: readonly Sent[];
}

/** Plays an operation with a fault, and the ticks after it. */
export function play(stage: Stage, operation: Operation, fate?: Fate): Promise<Played> {
  return playWith(stage, operation, async (world) => {
    const { invocation, ended } = (await operation.begin(world))(fate);
    await ended;
    return invocation;
  });
}

/** The same for an operation that `begin` starts; it returns the invocation that the case is about. */
export function playWith(...given: Parameters<typeof playInTime>): Promise<Played> {
  return during(playInTime(...given));
}

async function playInTime(
  stage: Stage,
  operation: Omit<Operation, 'begin'>,
  begin: (world: World) => Promise<Invocation | undefined>,
): Promise<Played> {
  const world = await World.open(stage, operation.setting);
  try {
    await operation.prepare?.(world);
    world.begin();
    const before = beforeOf(world, operation);
    const invocation = await begin(world);
    operation.release?.(world);
    await world.over();
    await aftermath(world);
    const found = [...wrongs(world, operation, before), ...(await wrongsTakenBack(world, operation, before))];
    const { requests = [], hasOccurred = true } = invocation ?? {};
    // At the end of a drain a reminder is right too: it asks what to do.
    const isOver = isDone(world, operation, before) || (operation.isRetriedByTick === true && isAskedAbout(world));
    return {
      wrongs: found,
      isDone: isOver,
      hasOccurred,
      requests,
      story: found.length === 0 && isOver ? '' : storyOf(world),
    };
  } finally {
    await world.close();
  }
}

/** What stopped half way can be finished, or taken back, by a command. */
async function wrongsTakenBack(
  world: World,
  operation: Omit<Operation, 'begin'>,
  before: Before,
): Promise<readonly string[]> {
  const { takenBack } = operation;
  if (takenBack === undefined || !isHalfDone(world, operation, before)) return [];
  await world.runbook({ ...takenBack.by, requestId: 'taken back', confirm: true }).ended;
  await aftermath(world);
  const ends = { ...operation, after: takenBack.to ?? before.state };
  return isDone(world, ends, before) ? [] : [`${takenBack.by.command} leads to ${beforeOf(world, operation).state}`];
}

function isAskedAbout({ said }: World): boolean {
  return said.some(({ message }) => stateOfMessage(message) === 'reminder');
}

/** Two ticks, and a third if an operation is still open. */
async function aftermath(world: World): Promise<void> {
  for (let ticks = 0; ticks < 3; ticks += 1) {
    await world.settled();
    if (ticks === 2 && !isOpen(world)) return;
    world.pass(UNTIL_TAKEN_OVER_MS);
    await world.tick().ended;
  }
  await world.settled();
}

function storyOf(world: World): string {
  return [
    ...world.said.map(({ kind, message }) => {
      const to = message.to === undefined ? '' : ' to the asker';
      return `${kind} ${message.ts}${message.thread === undefined ? '' : ` in ${message.thread}`}${to}: ${linesOf(message).join('\n    ')}`;
    }),
    `deeds: ${world.witness.deeds.map(({ deed, name }) => `${name} ${deed}`).join(', ')}`,
    `journal: ${JSON.stringify(journalOf(world))}`,
    ...world.logged.map(
      (line) => `log: ${JSON.stringify(line, (_, value) => (value instanceof Error ? value.message : value))}`,
    ),
    ...world.invocations.map(({ requests }) => `asked: ${requests.map(({ name }) => name).join(' | ')}`),
  ]
    .join('\n')
    .replaceAll(world.pod.name, 'POD');
}
