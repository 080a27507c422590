import { afterAll, describe, expect, test } from 'vitest';
import { casesOf } from './fate.ts';
import type { Operation } from './operations.ts';
import { type Played, play } from './play.ts';
import { openStage } from './stage.ts';

/** Every case of an operation, made from a recording of its undisturbed run. */
export async function matrixOf(operation: Operation): Promise<void> {
  const stage = await openStage();
  const recording = await play(stage, operation);
  afterAll(() => stage.close());

  describe(`${operation.name}:`, () => {
    test('undisturbed', () => expectDone(recording));
    for (const { name, fate } of casesOf(recording.requests))
      test.concurrent(name, async ({ task }) => {
        const played = await play(stage, operation, fate);
        task.meta.isUnreached = !played.isReached;
        expectRight(played);
      });
  });
}

export function expectDone(played: Played): void {
  expectRight(played);
  expect(played.isDone).toBe(true);
}

/** With the whole story where something is wrong. */
export function expectRight({ wrongs, story }: Played): void {
  expect(wrongs, story).toEqual([]);
}
