import { afterAll, describe, test } from 'vitest';
import { DELIVERIES, MEETINGS } from './deliveries.ts';
import { expectDone, expectRight } from './matrix.ts';
import { playWith } from './play.ts';
import { openStage } from './stage.ts';

const stage = await openStage();
afterAll(() => stage.close());

describe('repeated deliveries act once:', () => {
  for (const delivery of DELIVERIES) {
    for (const times of [2, 3]) {
      test(`${delivery.name}, ${times} times, one after the other`, async () => {
        const played = await playWith(stage, delivery, async (world) => {
          const arrive = await delivery.event(world);
          for (let time = 0; time < times; time += 1) await arrive().ended;
          return undefined;
        });
        expectDone(played);
      });
      test(`${delivery.name}, ${times} times at once`, async () => {
        const played = await playWith(stage, delivery, async (world) => {
          const arrive = await delivery.event(world);
          await Promise.all(Array.from({ length: times }, () => arrive().ended));
          return undefined;
        });
        expectDone(played);
      });
    }
  }
});

describe('two at the same time act once:', () => {
  for (const meeting of MEETINGS)
    test(meeting.name, async () => {
      const played = await playWith(stage, meeting, async (world) => {
        await meeting.meet(world);
        return undefined;
      });
      if (meeting.mayRace) expectRight(played);
      else expectDone(played);
    });
});
