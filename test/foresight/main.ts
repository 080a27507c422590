import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { Report } from './report.ts';
import type { Tried } from './try-case.ts';

/**
 * `npm run test:foresight`: plays random cases, each on an embedded cluster, and compares the plans with what happened.
 * FORESIGHT_SEED and FORESIGHT_CASES choose the cases; FORESIGHT_CASE runs the one of that number alone.
 */
const { FORESIGHT_SEED = '1', FORESIGHT_CASES = '2000', FORESIGHT_CASE } = process.env;
const seed = Number(FORESIGHT_SEED);
const indices =
  FORESIGHT_CASE === undefined
    ? Array.from({ length: Number(FORESIGHT_CASES) }, (_, index) => index)
    : [Number(FORESIGHT_CASE)];

const PROGRESS_EVERY = 250;
const workers = Math.min(4, availableParallelism(), indices.length);
const report = new Report();

console.log(`foresight: ${indices.length} cases, seed ${seed}`);
await Promise.all(
  Array.from({ length: workers }, (_, number) => done(indices.filter((index) => index % workers === number))),
);
for (const line of report.lines(seed)) console.log(line);
console.log(`${report.cases - report.failed} passed, ${report.failed} failed`);
process.exitCode = report.failed > 0 ? 1 : 0;

/** Tries these cases in a worker thread. */
function done(some: readonly number[]): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  new Worker(new URL('./worker.ts', import.meta.url), { workerData: { seed, indices: some } })
    .on('message', (tried: Tried) => {
      report.add(tried);
      if (tried.miss !== undefined) console.log(tried.miss);
      if (report.cases % PROGRESS_EVERY === 0) console.log(`foresight: ${report.cases} of ${indices.length} cases`);
    })
    .on('error', reject)
    .on('exit', () => resolve());
  return promise;
}
