import { afterAll, describe, expect, test } from 'vitest';
import { during } from '../virtual-time.ts';
import { rush, settingOf, wrongsOfCrowd } from './crowd.ts';
import { openStage } from './stage.ts';
import { World } from './world.ts';

const stage = await openStage();
afterAll(() => stage.close());

describe('a crowd:', () => {
  test('100 concurrent drains on 30 pods with minReady 20 never leave fewer than 20 in rotation', async () => {
    const crowd = { drains: 100, pods: 30, least: 20 };
    const world = await during(World.open(stage, settingOf(crowd)));
    await during(rush(world, crowd));
    expect(wrongsOfCrowd(world, crowd)).toEqual([]);
    await during(world.close());
  });
});
