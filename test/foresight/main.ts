import { embeddedWorld } from './embedded-world.ts';
import { generate } from './generate/generate.ts';
import { checksOf } from './judge/checks.ts';
import { type Fact, isTrue } from './judge/fact.ts';
import { judge } from './judge/judge.ts';
import { play } from './play.ts';
import { Report } from './report.ts';
import { showMiss } from './show.ts';

const seed = Number(process.env.FORESIGHT_SEED ?? 1);
const cases = Number(process.env.FORESIGHT_CASES ?? 2_000);
const only = process.env.FORESIGHT_CASE;

/** So many cases wait beside each other for their clusters. */
const SIDE_BY_SIDE = 6;
const PROGRESS_EVERY = 250;

const report = new Report();
const indices = only === undefined ? Array.from({ length: cases }, (_, index) => index) : [Number(only)];

async function runCase(index: number): Promise<void> {
  const told = generate(seed, index);
  try {
    const world = await embeddedWorld(told);
    try {
      const stories = await play(world, told);
      const judged = stories.map((story) => ({ story, facts: judge(story) }));
      const facts: Fact[] = judged.flatMap((each) => [...each.facts]);
      report.add(
        facts,
        stories.flatMap((story) => checksOf(story).map(({ code, level }) => `${story.command}/${code}/${level}`)),
      );
      const missed = judged.filter((each) => !each.facts.every(isTrue));
      if (missed.length > 0) console.log(showMiss(told, missed));
    } finally {
      await world.stop();
    }
  } catch (error) {
    report.add([], [], true);
    console.log(`${showMiss(told, [])}\n  failed: ${(error as Error).stack}`);
  }
  if (report.cases % PROGRESS_EVERY === 0) console.log(`foresight: ${report.cases} of ${indices.length} cases`);
}

console.log(`foresight: ${indices.length} cases, seed ${seed}`);
const queue = indices.values();
await Promise.all(
  Array.from({ length: SIDE_BY_SIDE }, async () => {
    for (const index of queue) await runCase(index);
  }),
);
console.log(`foresight: found ${report.codes()}`);
for (const line of report.lines(seed)) console.log(line);
console.log(`${report.cases - report.failed} passed, ${report.failed} failed`);
process.exitCode = report.failed > 0 ? 1 : 0;
