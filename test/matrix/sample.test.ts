import { afterAll, describe, expect, test } from 'vitest';
import { casesOf } from './fate.ts';
import { OPERATIONS } from './operations.ts';
import { play } from './play.ts';
import { openStage } from './stage.ts';

const stage = await openStage();
const { requests } = await play(stage, OPERATIONS.drain);
afterAll(() => stage.close());

const isDeathAtAWrite = /^killed (before|after) "(create|update|patch|chat\.|files\.complete)/;

/** The part of `npm run test:matrix` that runs with every `npm test`. */
describe('a drain ends right when its process is', () => {
  const deaths = casesOf(requests).filter(({ name }) => isDeathAtAWrite.test(name));
  test.each(deaths)('$name', async ({ fate }) => {
    const { wrongs, story } = await play(stage, OPERATIONS.drain, fate);
    expect(wrongs, story).toEqual([]);
  });
});
