import { afterAll, describe, expect, test } from 'vitest';
import { casesOf } from './fate.ts';
import type { Operation } from './operations.ts';
import { play } from './play.ts';
import { openStage } from './stage.ts';

/** Every case of an operation, made from a recording of its undisturbed run. */
export async function matrixOf(operation: Operation): Promise<void> {
  const stage = await openStage();
  const recording = await play(stage, operation);
  afterAll(() => stage.close());

  describe(`${operation.name}:`, () => {
    test('undisturbed', () => expectRight(recording));
    for (const { name, fate } of casesOf(recording.requests))
      test.concurrent(name, async () => expectRight(await play(stage, operation, fate)));
  });
}

function expectRight({ wrongs, story }: Awaited<ReturnType<typeof play>>): void {
  expect(wrongs, story).toEqual([]);
}
