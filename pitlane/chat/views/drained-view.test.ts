import { expect, test } from 'vitest';
import { NOW, pod, RECORD } from '../../../test/builders/outcomes.ts';
import type { DrainedList, DrainedPod } from '../../operate/outcome.ts';
import { drainedView } from './drained-view.ts';
import { testMessages } from './golden.fixture.ts';

const PLACE = { key: 'rng', cluster: 'prod', namespace: 'dockercoins' };
const DRAINED = { labels: { 'pitlane.dev/drained-from': 'rng' } };
const one = (index: number, more: Partial<DrainedPod> = {}): DrainedPod => ({
  ...PLACE,
  pod: pod(index, DRAINED),
  record: RECORD,
  ...more,
});
const list = (drained: readonly DrainedPod[], notes: readonly string[] = []): DrainedList => ({
  kind: 'drainedList',
  at: NOW,
  drained,
  notes,
});

const FEW = list(
  [
    one(1, {
      pod: pod(1, { ...DRAINED, status: 'CrashLoopBackOff', restarts: 3 }),
      record: { ...RECORD, at: '2026-11-20T03:00:07Z', until: '2026-11-20T04:00:07Z' },
    }),
    one(2),
    one(3, { key: 'hasher', pod: pod(3, { labels: { 'pitlane.dev/canary': 'hasher' } }), record: undefined as never }),
  ],
  ['Namespace redis of cluster prod could not be looked at. The user <pitlane> may not list pods.'],
);
const MESSAGES = {
  'drained-none': drainedView(list([])),
  'drained-few': drainedView(FEW),
  'drained-300': drainedView(
    list(
      Array.from({ length: 300 }, (_, index) => one(index)),
      Array.from({ length: 300 }, (_, index) => `Namespace n${index} could not be looked at.`),
    ),
  ),
};

testMessages(MESSAGES);

test('shows the oldest pods if not all fit', () => {
  const text = JSON.stringify(MESSAGES['drained-300']);
  expect(text).toContain(pod(0).name);
  expect(text).not.toContain(pod(299).name);
});
