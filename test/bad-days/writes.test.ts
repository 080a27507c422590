import { describe, expect, test } from 'vitest';
import { DRAINED_FROM } from '../../pitlane/rotation/marks.ts';
import { GoldenFile } from '../golden.ts';
import { denied, FAULTS, isWatch, type Verdict } from './faults.ts';
import { RngInSlack } from './rng-in-slack.ts';

const rng = new RngInSlack();
const golden = new GoldenFile(import.meta.url);

/** Faults without an answer of the API server: the write may still be applied after the last look. */
const UNANSWERED = ['cuts every connection', 'never answers', 'is behind a proxy that wants a login'];

// A write that is applied after its timeout is not a write that failed.
test.each(FAULTS.filter(([name]) => name !== 'answers after the timeout'))(
  'an API server that %s at the write changes nothing, and the report says so only if it was answered',
  async (name, verdict) => {
    rng.failAll(rng.isPodPatch, verdict);
    const { states, wrote, text } = await rng.type('/rng drain rng-a');
    expect(states).toEqual([UNANSWERED.includes(name) ? 'ops failedUnknown' : 'ops nothingChanged']);
    golden.expect(text);
    expect(wrote.length).toBeGreaterThan(0);
    expect(rng.changedPods()).toEqual([]);
  },
);

describe('a write without an answer', () => {
  test('is not repeated when it was applied', async () => {
    rng.failFirst(rng.isPodPatch, 'lose-answer');
    expect(await rng.type('/rng drain rng-a')).toMatchObject({ states: ['ops done'], wrote: ['PATCH rng-a 0'] });
  });

  test('is repeated when it was not applied', async () => {
    rng.failFirst(rng.isPodPatch, 'drop', 'drop');
    const { states, wrote } = await rng.type('/rng drain rng-a');
    expect(states).toEqual(['ops done']);
    expect(wrote).toEqual(['PATCH rng-a 0', 'PATCH rng-a 0', 'PATCH rng-a 200']);
  });

  test.each([
    ['was applied', 'lose-answer', ['rng-a']],
    ['was not applied', 'drop', []],
  ] as const)('%s, and the pod can not be read: the report says what may be changed', async (_, first, changed) => {
    let wrote = false;
    rng.intercept((request) => {
      if (wrote) return 'drop';
      wrote = rng.isPodPatch(request);
      return wrote ? first : 'pass';
    });
    const { states, text } = await rng.type('/rng drain rng-a');
    expect(states).toEqual(['ops failedUnknown']);
    golden.expect(text);
    expect(rng.changedPods()).toEqual(changed);
  });
});

describe('after the write', () => {
  test('resumes watches that are cut', async () => {
    rng.failFirst(isWatch, 'drop', 'drop', 'drop', { status: 410 });
    expect((await rng.type('/rng drain rng-a')).states).toEqual(['ops done']);
  });

  test.each<[string, Parameters<typeof rng.failAll>[0], Verdict]>([
    ['can not be watched', isWatch, { status: 500 }],
    ['can not be reached', (request) => isWatch(request) || rng.changedPods().length > 0, 'drop'],
  ])('claims nothing that it has not seen of a cluster that %s', async (_, matches, verdict) => {
    // Less than the milestones may take: they are not overdue yet.
    rng.workerMs = 30_000;
    rng.failAll(matches, verdict);
    const { states, wrote, text } = await rng.type('/rng drain rng-a');
    expect({ states, wrote }).toEqual({ states: ['ops goesOn'], wrote: ['PATCH rng-a 200'] });
    // Which watch fails last differs from run to run.
    golden.expect(text.replace(/watch \w+ in/, 'watch … in'));
    expect(rng.marks('rng-a').labels).toEqual({ [DRAINED_FROM]: 'rng' });
  });

  test('reports what is changed when the permission to watch is missing', async () => {
    rng.failAll(isWatch, denied(rng, 'watch', 'pods'));
    const { states, text } = await rng.type('/rng drain rng-a');
    expect(states).toEqual(['ops failed']);
    golden.expect(text);
  });

  test('reports a restore that loses the cluster half way, and finishes it when asked again', async () => {
    await rng.type('/rng drain rng-a');
    rng.workerMs = 30_000;
    rng.failAll(isWatch, 'drop');
    const { states, wrote, text } = await rng.type('/rng restore rng-a');
    expect({ states, wrote }).toEqual({ states: ['ops goesOn'], wrote: ['PATCH rng-a 200'] });
    golden.expect(text.replace(/watch \w+ in/, 'watch … in'));
    rng.intercept(() => 'pass');
    rng.workerMs = 60_000;
    expect((await rng.type('/rng restore rng-a')).states).toContain('ops done');
    expect(rng.changedPods()).not.toContain('rng-a');
  });

  test('notes under the report that the permission to write Events is missing', async () => {
    rng.failAll(
      ({ path, method }) => method === 'POST' && path.endsWith('/events'),
      denied(rng, 'create', 'events', 'events.k8s.io'),
    );
    const { states, ops } = await rng.type('/rng drain rng-a');
    expect(states).toEqual(['ops done']);
    golden.expect(...ops.split('\n').filter((line) => line.includes('403')));
  });
});
