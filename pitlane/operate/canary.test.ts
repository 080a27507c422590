import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { RngOnEmbedded } from '../../test/rng-on-embedded.ts';
import { during, until } from '../../test/virtual-time.ts';
import type { DrainNote } from '../journal/entry.ts';
import type { CanaryRequest } from '../operations/canary/canary.ts';
import { fewestReady, Process } from './process.fixture.ts';

const MINUTE_MS = 60_000;
const rng = new RngOnEmbedded();

const START: CanaryRequest = {
  command: 'canary start',
  service: 'rng',
  dryRun: false,
  force: false,
  count: 3,
  out: false,
};

const start = (change: Partial<CanaryRequest>): CanaryRequest => ({ ...START, ...change });

function canaries(): readonly string[] {
  return rng.cluster.api
    .list('pods', rng.namespace)
    .filter(({ metadata }) => metadata.labels?.['pitlane.dev/canary'] === 'rng')
    .map(({ metadata }) => metadata.name ?? '')
    .sort();
}

function notes(): readonly DrainNote[] {
  const data = rng.cluster.api.get('configmaps', rng.namespace, 'pitlane-rng')?.data as Record<string, string>;
  return (JSON.parse(data.canaries ?? '{"items":[]}') as { items: DrainNote[] }).items;
}

describe('a start of three canaries', () => {
  test('is done once all are in rotation, and the journal knows when they end', async () => {
    const process = new Process(rng);
    const { outcome } = await process.carryOut(start({ forSeconds: 1800 }));
    expect(outcome).toMatchObject({ kind: 'done', notes: [] });
    expect(rng.inRotation()).toEqual(expect.arrayContaining([...canaries()]));
    const until = expect.any(Number);
    expect(
      notes()
        .map(({ pod }) => pod.name)
        .sort(),
    ).toEqual(canaries());
    expect(notes()).toMatchObject([1, 2, 3].map(() => ({ kind: 'canary', by: 'U042', until })));
    expect(process.entries).toMatchObject([{ ended: { kind: 'done' } }]);
  });

  test.each([1, 2, 3])(
    'whose process dies after %i of them is continued, and no second set is created',
    async (count) => {
      const dead = new Process(rng);
      dead.answered = () => {
        if (dead.writes.length === count) dead.die();
      };
      await dead.untilDead(START);
      const process = new Process(rng, { writes: dead.writes });
      const { report, told } = await process.tick();
      expect(report.trouble).toEqual([]);
      expect(told.ended).toMatchObject([{ kind: 'done' }]);
      expect([canaries().length, new Set(dead.writes).size, rng.inRotation().length]).toEqual([3, 3, 7]);
      expect(notes()).toHaveLength(3);
    },
  );

  test('is repeated without a second set when it is delivered again', async () => {
    const process = new Process(rng);
    await process.carryOut(START, { requestId: 'trigger-1' });
    const { outcome } = await process.carryOut(START, { requestId: 'trigger-1' });
    expect([outcome.kind, canaries().length]).toEqual(['repeated', 3]);
  });

  test('takes back canaries whose image is never pulled, and the other pods keep the traffic', async () => {
    const fewest = fewestReady(rng);
    const process = new Process(rng);
    const request = start({ count: 2, image: 'registry.invalid/rng:v2' });
    const { outcome } = await process.carryOut(request, { deadline: Date.now() + 10 * MINUTE_MS });
    expect(outcome).toMatchObject({ kind: 'failed', code: 'CanaryNotReady' });
    expect('message' in outcome && outcome.message).toContain('Back-off pulling image "registry.invalid/rng:v2"');
    expect([canaries(), notes(), fewest()]).toEqual([[], [], 4]);
    expect(process.entries).toMatchObject([{ ended: { kind: 'failed' } }]);
  });

  test('takes them back too if the process dies meanwhile', async () => {
    const dead = new Process(rng);
    const request = start({ image: 'registry.invalid/rng:v2' });
    const left = await dead.carryOut(request, { deadline: Date.now() + 30_000 });
    expect([left.outcome.kind, canaries().length]).toEqual(['unfinished', 3]);
    await during(wait(3 * MINUTE_MS));
    const { told } = await new Process(rng).tick();
    expect(told.ended).toMatchObject([{ kind: 'failed', code: 'CanaryNotReady' }]);
    expect([canaries(), notes()]).toEqual([[], []]);
  });

  test('needs an admin for another image', async () => {
    const process = new Process(rng);
    const request = start({ image: 'rng:v2' });
    const { outcome } = await process.carryOut(request, { role: 'operator' });
    expect([outcome.kind, canaries()]).toEqual(['denied', []]);
    expect((await process.carryOut(START, { role: 'operator' })).outcome.kind).toBe('done');
  });
});

describe('the tick', () => {
  test('deletes canaries whose time is over, with their evidence, and no others', async () => {
    const process = new Process(rng);
    await process.carryOut(start({ count: 2, forSeconds: 600 }));
    const ending = canaries();
    await process.carryOut(start({ count: 1, forSeconds: 3600 }));
    await during(wait(8 * MINUTE_MS));
    expect((await process.tick()).report.did).toEqual([]);
    await during(wait(MINUTE_MS));
    const { report, told } = await process.tick();
    expect(report.trouble).toEqual([]);
    expect(report.did).toHaveLength(1);
    expect([...told.evidence].sort()).toEqual(ending);
    expect(told.ended).toMatchObject([{ kind: 'done' }]);
    expect([canaries().length, notes().length, rng.inRotation().length]).toEqual([1, 1, 5]);
    expect((await process.tick()).report.did).toEqual([]);
  });

  test.each([
    ['the labels are off', 1],
    ['the time is noted', 2],
  ])('finishes a stop whose process died once %s', async (_, writes) => {
    const process = new Process(rng);
    await process.carryOut(start({ count: 1 }));
    const [pod = ''] = canaries();
    const dead = new Process(rng);
    dead.answered = () => {
      if (dead.writes.length === writes) dead.die();
    };
    await dead.untilDead({ command: 'canary stop', service: 'rng', pods: [pod], dryRun: false, force: false });
    expect([canaries(), rng.inRotation().length]).toEqual([[pod], 4]);
    const { report, told } = await new Process(rng, { writes: dead.writes }).tick();
    expect([report.trouble, told.ended.map(({ kind }) => kind), canaries(), notes()]).toEqual([[], ['done'], [], []]);
    expect(dead.writes).toEqual([pod, pod, pod]);
  });

  test('leaves a canary alone that was put back by hand while it was stopped', async () => {
    const process = new Process(rng);
    await process.carryOut(start({ count: 1 }));
    const [pod = ''] = canaries();
    const dead = new Process(rng);
    dead.answered = ({ verb, place, body }) => {
      if (verb === 'update' && place.resource.plural === 'configmaps' && JSON.stringify(body).includes('leave '))
        dead.die();
    };
    await dead.untilDead({ command: 'canary stop', service: 'rng', pods: [pod], dryRun: false, force: false });
    rng.patch('pods', pod, { metadata: { labels: { app: 'rng' } } });
    await until('it is back', () => rng.inRotation().includes(pod));
    const { told } = await new Process(rng).tick();
    expect(told.ended).toMatchObject([{ kind: 'failed', code: 'TakenBack' }]);
    expect(rng.inRotation()).toContain(pod);
  });

  test('deletes a canary later than others of the same start, which another tick has deleted', async () => {
    const process = new Process(rng);
    await process.carryOut(start({ count: 2, forSeconds: 60 }));
    await during(wait(MINUTE_MS));
    const data = rng.cluster.api.get('configmaps', rng.namespace, 'pitlane-rng')?.data as Record<string, string>;
    const kept = JSON.parse(data.canaries ?? '') as { items: readonly DrainNote[] };
    const [first, ...others] = kept.items;
    // It was tried in vain a moment ago.
    const reminder = { until: first?.until, count: 1, at: Date.now() };
    const canariesText = JSON.stringify({ ...kept, items: [{ ...first, reminder }, ...others] });
    rng.patch('configmaps', 'pitlane-rng', { data: { canaries: canariesText } });
    await process.tick();
    expect(canaries()).toEqual([first?.pod.name]);
    await during(wait(60 * MINUTE_MS));
    await process.tick();
    expect([canaries(), notes()]).toEqual([[], []]);
  });

  test('forgets a canary that was deleted by hand', async () => {
    const process = new Process(rng);
    await process.carryOut(start({ count: 1, forSeconds: 60 }));
    rng.cluster.api.delete('pods', rng.namespace, canaries()[0] ?? '');
    await until('it is gone', () => canaries().length === 0);
    expect((await process.tick()).report).toMatchObject({ did: [], trouble: [] });
    expect(notes()).toEqual([]);
  });

  test('deletes a canary that Kubernetes has ended', async () => {
    const process = new Process(rng);
    await process.carryOut(start({ count: 1, forSeconds: 60 }));
    await during(wait(7 * MINUTE_MS));
    expect(rng.pod(canaries()[0] ?? '')?.status).toMatchObject({ phase: 'Failed', reason: 'DeadlineExceeded' });
    expect((await process.tick()).told.ended).toMatchObject([{ kind: 'done' }]);
    expect([canaries(), notes()]).toEqual([[], []]);
  });

  test('tries again later where a canary may not be deleted, and then less often', async () => {
    const process = new Process(rng, { minReady: 5 });
    await process.carryOut(start({ count: 1, forSeconds: 60 }));
    await process.tick();
    expect([canaries().length, notes()[0]?.reminder?.count]).toEqual([1, 1]);
    await process.tick();
    expect(notes()[0]?.reminder?.count).toBe(1);
  });
});
