import { describe, expect, test } from 'vitest';
import { finding, findings, planned, removedLabels, writtenIn } from '../../test/builders/plan.ts';
import { drainOf, rng } from '../../test/builders/snapshot.ts';
import { planOf } from '../operations/planners.ts';
import { type Plan, type Refusal, writesOf } from './plan.ts';
import type { Difference, Snapshot, Trial } from './snapshot.ts';
import { differencesOf, touchesOf, unlikeText } from './trial.ts';

const APP_IS_BACK: Difference = { field: 'labels', key: 'app', wanted: null, found: 'rng' };

function plan(snapshot: Snapshot, trials: readonly Trial[] = []): Plan | Refusal {
  return planOf({ ...snapshot, trials }, drainOf(snapshot));
}

/** The trial of the first write of the plan for the pod. */
function trialIn(of: Plan, suffix: string, found: Partial<Trial>): Trial {
  const write = writesOf(of).find(({ target }) => target.name.endsWith(suffix));
  if (write === undefined) throw new Error(`${suffix} is not written`);
  return { uid: write.target.uid, touches: touchesOf(write), unlike: [], ...found };
}

describe('a drain whose dry run', () => {
  test.each<[name: string, found: Partial<Trial>]>([
    ['shows that a policy puts the label back', { unlike: [APP_IS_BACK] }],
    ['is rejected', { rejected: 'no such change' }],
  ])('%s is refused where no other label is enough', (_, found) => {
    const snapshot = rng().about('b85tm');
    const refused = plan(snapshot, [trialIn(planned(plan(snapshot)), 'b85tm', found)]);
    expect(findings(refused)).toEqual([
      `refusal ${found.rejected === undefined ? 'ChangedByCluster' : 'RejectedByCluster'}`,
    ]);
    expect(refused).toMatchObject({ kind: 'refusal', isForceable: false });
  });

  test('shows that a policy puts the label back removes the next best set', () => {
    const selector = { app: 'rng', tier: 'web' };
    const snapshot = rng()
      .service({ selector })
      .pod('', { labels: { ...selector, 'pod-template-hash': '5f69c6b7d8' } })
      .about('b85tm');
    const first = planned(plan(snapshot));
    expect(removedLabels(first)).toEqual(['app']);
    const second = planned(plan(snapshot, [trialIn(first, 'b85tm', { unlike: [APP_IS_BACK] })]));
    expect(removedLabels(second)).toEqual(['pod-template-hash', 'tier']);
    const both = [
      trialIn(first, 'b85tm', { unlike: [APP_IS_BACK] }),
      trialIn(second, 'b85tm', { unlike: [{ field: 'labels', key: 'tier', wanted: null, found: 'web' }] }),
    ];
    expect(finding(plan(snapshot, both), 'ChangedByCluster')?.message).toMatch(/app=rng.*tier=web/);
  });

  test('is bad news of one of several pods leaves that one out', () => {
    const snapshot = rng().policy({ minReady: 1 }).about('b85tm', 'hfbrr');
    const first = planned(plan(snapshot));
    const rest = planned(plan(snapshot, [trialIn(first, 'b85tm', { unlike: [APP_IS_BACK] })]));
    expect(findings(rest)).toEqual(['leftOut ChangedByCluster']);
    expect(writtenIn(rest).flat()).toEqual(['hfbrr']);
  });
});

test('an answer is as asked whatever else admission adds', () => {
  const snapshot = rng().about('b85tm');
  const [write] = writesOf(planned(plan(snapshot)));
  if (write?.kind !== 'patch') throw new Error('no patch');
  const added = write.patch.find(({ op, path }) => op === 'add' && path === '/metadata/annotations');
  const annotations = { ...(added as { value: Record<string, string> }).value, 'injected.example.com/by': 'webhook' };
  const labels = { 'pod-template-hash': 'x', 'pitlane.dev/drained-from': 'rng', team: 'a' };
  expect(differencesOf(write, { labels, annotations })).toEqual([]);
  expect(differencesOf(write, { labels: { ...labels, app: 'rng' }, annotations })).toEqual([APP_IS_BACK]);
  expect(differencesOf(write, {}).map(({ key, found }) => [key, found])).toEqual([
    ['pitlane.dev/drained-from', null],
    ...Object.keys((added as { value: object }).value).map((key) => [key, null]),
  ]);
});

test('the sentence says what the cluster does to each label and annotation', () => {
  expect(
    unlikeText('rng-a', [
      APP_IS_BACK,
      { field: 'annotations', key: 'pitlane.dev/drain', wanted: '{}', found: null },
      { field: 'labels', key: 'tier', wanted: 'a', found: 'b' },
    ]),
  ).toMatchInlineSnapshot(
    `"The API server accepts the change of rng-a, but a policy or webhook of the cluster puts label app=rng back, removes annotation pitlane.dev/drain and changes label tier."`,
  );
});
