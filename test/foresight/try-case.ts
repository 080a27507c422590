import type { Case } from './case.ts';
import { checksOf } from './judge/checks.ts';
import { type Fact, isTrue } from './judge/fact.ts';
import { judge } from './judge/judge.ts';
import { play } from './play.ts';
import { showMiss } from './show.ts';
import type { World } from './world.ts';

/** What came of one case. */
export interface Tried {
  readonly facts: readonly Fact[];
  /** What pitlane found, as `drain NoRoom warning`, to see which rules were tried at all. */
  readonly findings: readonly string[];
  /** The case, and what was foretold otherwise than it happened; absent: all came true. */
  readonly miss?: string;
}

/** Plays the case on the world that `open` makes for it, and compares. */
export async function tryCase(told: Case, open: () => Promise<World & { stop(): Promise<void> }>): Promise<Tried> {
  try {
    const world = await open();
    try {
      const judged = (await play(world, told)).map((story) => ({ story, facts: judge(story) }));
      const missed = judged.filter(({ facts }) => !facts.every(isTrue));
      return {
        facts: judged.flatMap(({ facts }) => facts),
        findings: judged.flatMap(({ story }) =>
          checksOf(story).map(({ code, level }) => `${story.command} ${code} ${level}`),
        ),
        ...(missed.length > 0 && { miss: showMiss(told, missed) }),
      };
    } finally {
      await world.stop();
    }
  } catch (error) {
    return { facts: [], findings: [], miss: `${showMiss(told, [])}\n  failed: ${(error as Error).stack}` };
  }
}
