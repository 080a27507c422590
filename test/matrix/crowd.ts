import { podsIn } from '../../pitlane/rotation/plan.ts';
import { until } from '../virtual-time.ts';
import { claimOf, isPublic, linesOf } from './claims.ts';
import { UNTIL_TAKEN_OVER_MS } from './operations.ts';
import { isOpen, journalOf, leaseHolder, selectorIn } from './state.ts';
import { isMarked, isSelected } from './witness.ts';
import type { Setting, World } from './world.ts';

/** So many drains at once on so many pods, of which `least` must stay in rotation. */
export interface Crowd {
  readonly drains: number;
  readonly pods: number;
  readonly least: number;
}

const MOST_TICKS = 5;
const NO_PODS = { kind: 'pods', pods: [] } as const;

export function settingOf({ drains, pods, least }: Crowd): Setting {
  return { pods, policy: { minReady: least, maxDrained: drains } };
}

/**
 * Drains each pod several times, all at once. No replacement becomes ready before all other drains are refused. Then
 * ticks run until no operation is open.
 */
export async function rush(world: World, { drains, pods, least }: Crowd): Promise<void> {
  const names = world.pods().map(({ metadata }) => metadata.name);
  const jobs = await Promise.all(
    Array.from({ length: drains }, (_, index) => world.typed(`/rng drain ${names[index % names.length]}`)),
  );
  world.begin();
  world.holdNewPods();
  let waiting = drains;
  for (const job of jobs)
    world.work(job).ended.then(() => {
      waiting -= 1;
    });
  await until('refused', () => waiting <= pods - least);
  world.releaseNewPods();
  await world.over();
  for (let ticks = 0; ticks < MOST_TICKS && isOpen(world); ticks += 1) {
    await world.settled();
    world.pass(UNTIL_TAKEN_OVER_MS);
    await world.tick().ended;
  }
  await world.settled();
}

/** Everything that is wrong in the end, a sentence each. */
export function wrongsOfCrowd(world: World, { pods, least }: Crowd): readonly string[] {
  const { fewest, deeds } = world.witness;
  const { operations } = journalOf(world);
  const times = Map.groupBy(deeds, ({ deed, name }) => `${name} was ${deed}`);
  const drained = new Set(
    world
      .pods()
      .filter((pod) => isMarked(pod) && !isSelected(pod, selectorIn(world)))
      .map(({ metadata }) => metadata.name),
  );
  const reports = world.slack.workspace.messages.filter(isPublic);
  return [
    ...(fewest < least ? [`only ${fewest} pods took traffic, expected ${least}`] : []),
    ...[...times]
      .filter(([what, all]) => all.length > 1 || !what.endsWith('taken out'))
      .map(([what, { length }]) => `${what} ${length} times`),
    ...(isOpen(world) ? ['an operation is still open'] : []),
    ...(leaseHolder(world) === undefined ? [] : ['the lease is held']),
    ...(drained.size >= pods - least ? [] : [`only ${drained.size} pods were drained`]),
    ...reports.flatMap((message) => {
      const claim = claimOf(message);
      const reported = operations.find(({ report }) => report?.ts === message.ts);
      const isWrong =
        claim === 'in progress' ||
        claim === 'unexpected' ||
        (claim === 'done' && !podsIn(reported?.subject ?? NO_PODS).some(({ name }) => drained.has(name)));
      return isWrong ? [`untrue: ${linesOf(message).slice(0, 3).join(' ⏎ ')}`] : [];
    }),
  ];
}
