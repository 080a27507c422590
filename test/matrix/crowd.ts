import { until } from '../virtual-time.ts';
import { claimOf, isPublic, linesOf } from './claims.ts';
import { UNTIL_LEFT_MS } from './operations.ts';
import { holderIn, isOpen, keptIn } from './state.ts';
import { isMarked, isSelected } from './witness.ts';
import type { Setting, World } from './world.ts';

/** How many ask at once, of how many pods, and how few of those may take traffic. */
export interface Crowd {
  readonly drains: number;
  readonly pods: number;
  readonly least: number;
}

const MOST_TICKS = 5;

export function settingOf({ drains, pods, least }: Crowd): Setting {
  return { pods, policy: { minReady: least, maxDrained: drains } };
}

/**
 * Everybody asks at once, each pod is asked for again and again, and no replacement becomes ready before all who may not
 * drain know it; then the clock calls until nothing is left open.
 */
export async function rush(world: World, { drains, pods, least }: Crowd): Promise<void> {
  const names = world.pods().map(({ metadata }) => metadata.name);
  const jobs = await Promise.all(
    Array.from({ length: drains }, (_, index) => world.typed(`/rng drain ${names[index % names.length]}`)),
  );
  world.begin();
  world.hold();
  let waiting = drains;
  for (const job of jobs)
    world.work(job).ended.then(() => {
      waiting -= 1;
    });
  await until('refused', () => waiting <= pods - least);
  world.release();
  await world.over();
  for (let ticks = 0; ticks < MOST_TICKS && isOpen(world); ticks += 1) {
    await world.settled();
    world.pass(UNTIL_LEFT_MS);
    await world.tick().ended;
  }
  await world.settled();
}

/** Everything that is wrong with what came of it, a sentence each. */
export function wrongsOfCrowd(world: World, { pods, least }: Crowd): readonly string[] {
  const { fewest, deeds } = world.witness;
  const { operations } = keptIn(world);
  const times = Map.groupBy(deeds, ({ deed, pod }) => `${pod} was ${deed}`);
  const drained = new Set(
    world
      .pods()
      .filter((pod) => isMarked(pod) && !isSelected(pod))
      .map(({ metadata }) => metadata.name),
  );
  const reports = world.slack.workspace.messages.filter(isPublic);
  return [
    ...(fewest < least ? [`only ${fewest} pods took traffic, and ${least} must`] : []),
    ...[...times]
      .filter(([what, all]) => all.length > 1 || !what.endsWith('taken out'))
      .map(([what, { length }]) => `${what} ${length} times`),
    ...(isOpen(world) ? ['an operation is still open'] : []),
    ...(holderIn(world) === undefined ? [] : ['somebody holds the lease']),
    ...(drained.size >= pods - least ? [] : [`only ${drained.size} pods were drained`]),
    ...reports.flatMap((message) => {
      const claim = claimOf(message);
      const reported = operations.find(({ report }) => report?.ts === message.ts);
      const isWrong =
        claim === 'in progress' ||
        claim === 'unexpected' ||
        (claim === 'done' && !drained.has(reported?.pod.name ?? ''));
      return isWrong ? [`untrue: ${linesOf(message).slice(0, 3).join(' ⏎ ')}`] : [];
    }),
  ];
}
