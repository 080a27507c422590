import { expect, test } from 'vitest';
import { drainOfSet, proofAfter } from '../../test/builders/sets.ts';
import type { Progress } from './plan.ts';
import { podRows, podsToContinue } from './pod-rows.ts';

const { plan, titles } = drainOfSet(4, { leftOut: 1, sideBySide: 1 });
const left = titles.slice(2);
const rowsOf = (proof: readonly Progress[]) => podRows(plan, { proof, left }).map(({ state, turn }) => [state, turn]);

test('tells how far each pod is, and counts no turn for a pod that is left out', () => {
  expect(rowsOf(proofAfter(plan, 1))).toEqual([
    ['done', 1],
    ['waiting', 2],
    ['notBegun', 3],
    ['leftOut', undefined],
  ]);
});

test('does not wait for an optional milestone', () => {
  const optional = proofAfter(plan, 0).map((each) => ({
    ...each,
    milestone: { ...each.milestone, isRequired: false },
  }));
  expect(rowsOf(optional).slice(0, 2)).toEqual([
    ['done', 1],
    ['done', 2],
  ]);
});

test('continues with the pods that have missing writes, else with all changed pods', () => {
  const names = plan.operation.subject.kind === 'pods' ? plan.operation.subject.pods.map(({ name }) => name) : [];
  expect(podsToContinue(plan, left)).toEqual(names.slice(2, 3));
  expect(podsToContinue(plan, [])).toEqual(names.slice(0, 3));
});
