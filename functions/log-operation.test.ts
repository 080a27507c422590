import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { GoldenFile } from '../test/golden.ts';
import { DRAIN_IT, RngOnEmbedded } from '../test/rng-on-embedded.ts';
import { during } from '../test/virtual-time.ts';
import { lineOf } from './log.ts';
import { logOperation } from './log-operation.ts';

const rng = new RngOnEmbedded({ hasTick: true });
const golden = new GoldenFile(import.meta.url);
const AT = Date.UTC(2026, 10, 24, 3, 12, 7);

/** The lines of the operations so far, at the same time each. */
function lines(): readonly string[] {
  const written: string[] = [];
  const line = logOperation('worker', (level, fields) =>
    written.push(lineOf(level, fields, AT, 'pitlane-prod-worker').replaceAll(rng.namespace, 'NAMESPACE')),
  );
  for (const operated of rng.operated) line(operated);
  return written;
}

const ended = () => rng.operated.map(({ outcome, ended }) => [outcome, ended]);

/** The API server answers the next writes of a pod with that status. */
function refusePodWrites(status: number, times: number): void {
  let left = times;
  rng.cluster.setIntercept(({ method, path, query }) => {
    const isWrite = method === 'PATCH' && /\/pods\/[^/]+$/.test(path) && !query.has('dryRun');
    return isWrite && left-- > 0 ? { status } : 'pass';
  });
}

test('a drain tells how long it was planned, written, taken out of the endpoints and replaced', async () => {
  const pods = [await rng.somePod()];
  rng.startMs = 8_000;
  refusePodWrites(503, 1);
  const begun = async () => wait(700, undefined);
  await rng.carryOut({ ...DRAIN_IT, pods, because: 'password=hunter2' }, { requestId: 'drain', reporter: { begun } });
  expect(ended()).toEqual([['done', 'done']]);
  golden.expect(...lines());
});

test('a refused drain tells why, and counts as a refusal', async () => {
  const [first, second] = (await rng.list()).members.map(({ pod }) => pod.name);
  rng.startMs = 60_000;
  await rng.carryOut({ ...DRAIN_IT, pods: [first ?? ''] });
  await rng.carryOut({ ...DRAIN_IT, pods: [second ?? ''] }, { requestId: 'refused' });
  rng.operated.shift();
  expect(ended()).toEqual([['refusal', 'refused']]);
  golden.expect(...lines());
});

test('a drain that the API server refuses is an error, and counts as a failure', async () => {
  refusePodWrites(403, 1);
  await rng.carryOut({ ...DRAIN_IT, pods: [await rng.somePod()] }, { requestId: 'failed' });
  expect(ended()).toEqual([['failed', 'failed']]);
  golden.expect(...lines());
});

test('a drain that the tick continues counts once, when it has ended', async () => {
  const pods = [await rng.somePod()];
  rng.startMs = 60_000;
  await rng.carryOut({ ...DRAIN_IT, pods }, { requestId: 'continued' });
  const journal = await rng.pitlane.propose(
    { command: 'operations', service: 'rng' },
    { by: 'U042', role: 'viewer', requestId: 'look' },
  );
  const [entry] = journal.kind === 'operations' ? journal.underWay : [];
  if (entry === undefined) throw new Error('no operation is in progress');
  await rng.pitlane.resume('rng', entry, false, { deadline: Date.now() + 100_000 });
  expect(ended()).toEqual([
    ['unfinished', undefined],
    ['done', 'done'],
  ]);
  golden.expect(...lines());
});

test('an internal error counts as a failure', async () => {
  const reporter = { begun: () => Promise.reject(new TypeError('a bug')) };
  const drain = rng.carryOut({ ...DRAIN_IT, pods: [await rng.somePod()] }, { requestId: 'broken', reporter });
  await expect(drain).rejects.toThrow('a bug');
  expect(ended()).toEqual([['error', 'failed']]);
  golden.expect(...lines());
});

test('a request without the role for it is a refusal; a plan that waits for a confirmation and a dry run are none', async () => {
  const pods = [await rng.somePod()];
  const viewer = { by: 'U043', role: 'viewer', requestId: 'denied' } as const;
  await during(rng.pitlane.carryOut({ ...DRAIN_IT, pods }, viewer, { deadline: Date.now() + 15_000 }));
  await rng.carryOut({ ...DRAIN_IT, pods, dryRun: true });
  rng.createPod('bare', { app: 'rng' });
  await rng.carryOut({ ...DRAIN_IT, pods: ['bare'] }, { confirmed: 'not yet' });
  expect(ended()).toEqual([
    ['denied', 'refused'],
    ['proposal', undefined],
  ]);
});
