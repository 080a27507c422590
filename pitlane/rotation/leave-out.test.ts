import { describe, expect, test } from 'vitest';
import { planned, writtenIn } from '../../test/builders/plan.ts';
import { drainOf, rng } from '../../test/builders/snapshot.ts';
import { planOf } from '../operations/planners.ts';
import { leaveOut } from './leave-out.ts';
import { podsIn, proofOf } from './plan.ts';
import { refusal } from './safety.ts';

describe('leaveOut', () => {
  const snapshot = rng().policy({ minReady: 2 }).about('b85tm', 'hfbrr', '7pt82');
  const plan = planned(planOf(snapshot, drainOf(snapshot)));
  const without = (...indices: readonly number[]) =>
    leaveOut(
      plan,
      indices.flatMap((index) => {
        const pod = podsIn(plan.operation.subject)[index];
        return pod === undefined ? [] : { pod, check: refusal('Denied', 'The API server denies it.') };
      }),
    );

  test('removes the writes and milestones of a pod, and keeps the reason', () => {
    const rest = without(1);
    expect(rest && writtenIn(rest)).toEqual([['b85tm'], ['7pt82']]);
    expect(rest?.checks[0]).toMatchObject({ code: 'Denied', level: 'leftOut', pod: 'rng-5f69c6b7d8-hfbrr' });
    expect(rest?.phases.flatMap(({ until }) => until.filter(({ title }) => title.includes('hfbrr')))).toEqual([]);
  });

  test('removes the kubectl lines of a pod', () => {
    const podsOf = (undo: readonly string[] = []) => [...new Set(undo.map((line) => line.split(' ')[5]))];
    expect(podsOf(plan.undo)).toEqual(podsIn(plan.operation.subject).map(({ name }) => name));
    expect(podsOf(without(1)?.undo)).toEqual(['rng-5f69c6b7d8-b85tm', 'rng-5f69c6b7d8-7pt82']);
  });

  test('counts the other replacements', () => {
    const rest = without(1);
    expect(
      rest && proofOf(rest).flatMap(({ condition }) => ('pods' in condition ? condition.pods.length : [])),
    ).toEqual([2, 2]);
    expect(rest?.phases[0]?.until.map(({ title }) => title)).toContain('Replacement created');
  });

  test('keeps the proof in the last phase', () => {
    const rest = without(2);
    expect(rest && writtenIn(rest)).toEqual([['b85tm', 'hfbrr'], []]);
  });

  test('returns the plan itself without findings, and no plan without pods', () => {
    expect(without()).toBe(plan);
    expect(without(0, 1, 2)).toBeUndefined();
  });
});
