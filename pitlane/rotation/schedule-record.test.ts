import { describe, expect, test } from 'vitest';
import { scheduleData, scheduleKey, scheduleOf } from './schedule.ts';
import { readSchedules } from './schedule-record.ts';

const SCHEDULE = scheduleOf(
  { cron: '0 9 * * 1-5', tz: 'Europe/Zurich', does: 'enable', forSeconds: 28_800, selector: 'track=canary' },
  'office hours',
  { by: 'U0ADA00000', at: 1_795_489_931_000, operation: 'op-1', report: { channel: 'C0OPS00000' } },
);
const KEY = scheduleKey(SCHEDULE.id);
const read = (data: Readonly<Record<string, string>>) => readSchedules({ name: 'pitlane-rng.admin', uid: 'u', data });

describe('the schedules in the ConfigMap', () => {
  test('are read as they were written, beside other keys', () => {
    const data = { [KEY]: scheduleData(SCHEDULE), operations: '{"v":2,"items":[]}' };
    expect(read(data)).toMatchObject({ schedules: [SCHEDULE], unreadable: [] });
  });

  test('are none where there is no ConfigMap', () => {
    expect(readSchedules(undefined)).toEqual({ schedules: [], unreadable: [] });
  });

  const record = JSON.parse(scheduleData(SCHEDULE));
  test.each<[string, object]>([
    ['another version', { v: 2 }],
    ['an invalid cron expression', { cron: '0 25 * * *' }],
    ['an unknown time zone', { tz: 'Europe/Zurch' }],
    ['something else to do', { does: 'finish' }],
    ['a duration of a month', { forSeconds: 2_592_000 }],
    ['an invalid selector', { selector: 'track in (' }],
    ['a selector and a node', { node: 'node-1' }],
    ['nothing to be about', { selector: undefined }],
    ['a pod that is none', { selector: undefined, pods: ['../secrets'] }],
    ['no person', { by: '' }],
    ['a reason that is too long', { because: 'x'.repeat(501) }],
    ['a timetable that differs from its id', { cron: '0 10 * * 1-5' }],
  ])('with %s are kept and not followed', (_, change) => {
    expect(read({ [KEY]: JSON.stringify({ ...record, ...change }) })).toMatchObject({
      schedules: [],
      unreadable: [KEY],
    });
  });

  test('that are not JSON are not followed', () => {
    expect(read({ [KEY]: 'x' }).unreadable).toEqual([KEY]);
  });
});
