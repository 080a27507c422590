import type { Case } from './case.ts';
import { checksOf } from './judge/checks.ts';
import { type Fact, isTrue } from './judge/fact.ts';
import { judge } from './judge/judge.ts';
import { factsOnReport } from './judge/proof.ts';
import { factsOnSentences } from './judge/sentences.ts';
import { judgeTour } from './judge/tour.ts';
import { play, playTour } from './play.ts';
import { showMiss } from './show.ts';
import type { World } from './world.ts';

/** The result of one case. */
export interface Tried {
  readonly facts: readonly Fact[];
  /** The findings, such as `drain NoRoom warning`: they show which rules were tried. */
  readonly findings: readonly string[];
  /** The case with its wrong facts; absent: all facts are right. */
  readonly miss?: string;
}

/** Plays the case in the world that `open` makes, and compares. */
export async function tryCase(given: Case, open: () => Promise<World & { stop(): Promise<void> }>): Promise<Tried> {
  try {
    const world = await open();
    try {
      const { tour } = given;
      const judged =
        tour === undefined
          ? (await play(world, given)).map((story) => ({
              story,
              facts: [...judge(story), ...factsOnSentences(story), ...factsOnReport(story)],
            }))
          : (await playTour(world, given, tour)).map((story) => ({
              story,
              facts: [...judgeTour(story), ...factsOnSentences(story), ...factsOnReport(story)],
            }));
      const missed = judged.filter(({ facts }) => !facts.every(isTrue));
      return {
        facts: judged.flatMap(({ facts }) => facts),
        findings: judged.flatMap(({ story }) =>
          checksOf(story).map(({ code, level }) => `${story.command} ${code} ${level}`),
        ),
        ...(missed.length > 0 && { miss: showMiss(given, missed) }),
      };
    } finally {
      await world.stop();
    }
  } catch (error) {
    return { facts: [], findings: [], miss: `${showMiss(given, [])}\n  failed: ${(error as Error).stack}` };
  }
}
