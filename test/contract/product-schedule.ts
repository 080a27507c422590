import { expect } from 'vitest';
import type { ChangeRequest } from '../../pitlane/command/request.ts';
import { namesOf } from './objects.ts';
import { Crew, codes, done, expectKind } from './pitlane.ts';
import { deployBlueGreen } from './product-switch.ts';
import type { Theme } from './suite.ts';

const LIST = { command: 'schedule list', service: 'web' } as const;
/** At any time: whichever minute it is, the last edge wants the pods enabled. */
const ADD = {
  command: 'schedule add',
  service: 'web',
  cron: '* * * * *',
  does: 'enable',
  selector: 'version=green',
  forSeconds: 3_600,
  dryRun: false,
  force: false,
} as ChangeRequest;
const remove = (schedule: string) =>
  ({ command: 'schedule remove', service: 'web', schedule, dryRun: false, force: false }) as ChangeRequest;

/** The commands `schedule add`, `schedule list` and `schedule remove`, and the tick that keeps schedules. */
export const scheduling: Theme = (rule) => {
  rule('a schedule enables pods by the tick, once, until it is removed; undo adds it again', async (on) => {
    const { blue, green } = await deployBlueGreen(on, true);
    const crew = new Crew(on, { minReady: 1 });
    const listed = async () => expectKind(await crew.read(LIST), 'schedules').schedules;
    expect(await listed()).toEqual([]);
    expectKind((await crew.run({ ...ADD, dryRun: true })).outcome, 'proposal');
    done(await crew.run(ADD));
    const [schedule] = await listed();
    expect(schedule).toMatchObject({ now: 'enable', enabled: [], disabled: namesOf(green).sort() });
    const id = schedule?.id ?? '';
    expect(codes((await crew.run(ADD)).outcome, 'refusal')).toEqual(['AlreadyScheduled']);

    const { did } = await crew.tick();
    expect(did.filter((sentence) => sentence.includes(`schedule ${id}: enable`))).toHaveLength(1);
    await on.untilListed(namesOf([...blue, ...green]));
    expect((await crew.tick()).did).toEqual([]);

    const removed = done(await crew.run(remove(id)));
    expect([await listed(), removed.plan.opposite]).toMatchObject([
      [],
      { cron: '* * * * *', selector: 'version=green' },
    ]);
    await on.untilListed(namesOf([...blue, ...green]));
    expect(codes((await crew.run(remove(id))).outcome, 'refusal')).toEqual(['UnknownSchedule']);
    done(await crew.undo());
    expect(await listed()).toMatchObject([{ id }]);
  });

  rule(
    'a schedule leaves the minimum in rotation, and its data in the ConfigMap that only admins write',
    async (on) => {
      const { blue } = await deployBlueGreen(on, true);
      const crew = new Crew(on, { minReady: 2 });
      done(await crew.run({ ...ADD, does: 'disable', selector: 'version=blue' } as ChangeRequest));
      const { data } = await on.get<{ data: Record<string, string> }>('configmaps', 'pitlane-web.admin');
      expect(Object.keys(data).filter((key) => key.startsWith('schedule.'))).toHaveLength(1);
      const { did } = await crew.tick();
      expect(did.join()).toContain('BelowMinimum');
      await on.untilListed(namesOf(blue));
    },
  );
};
