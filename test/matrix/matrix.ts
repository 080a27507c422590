import { afterAll, describe, expect, test } from 'vitest';
import { casesOf, mustBeDone } from './fate.ts';
import type { Operation } from './operations.ts';
import { type Played, play } from './play.ts';
import { openStage } from './stage.ts';

/** Every case of these operations, made from recordings of their undisturbed runs. */
export async function matrixOf(...operations: readonly Operation[]): Promise<void> {
  const stage = await openStage();
  afterAll(() => stage.close());
  for (const operation of operations) {
    const recording = await play(stage, operation);

    describe(`${operation.name}:`, () => {
      test('without a fault', () => (operation.mayRace ? expectRight : expectDone)(recording));
      const { faultsAt = /./, journals = 1 } = operation;
      for (const each of casesOf(recording.requests.filter(({ name }) => faultsAt.test(name))))
        test(each.name, async ({ task }) => {
          const played = await play(stage, operation, each.fate);
          task.meta.hasNoFault = !played.hasOccurred;
          if (!operation.mayRace && mustBeDone(each, recording.requests, journals)) expectDone(played);
          else expectRight(played);
        });
    });
  }
}

export function expectDone(played: Played): void {
  expectRight(played);
  expect(played.isDone, played.story).toBe(true);
}

/** Shows the whole story of a wrong case. */
export function expectRight({ wrongs, story }: Played): void {
  expect(wrongs, story).toEqual([]);
}
