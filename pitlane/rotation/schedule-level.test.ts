import { check, constantFrom, integer, option, property, record } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { propertyRuns } from '../../test/builders/property-runs.ts';
import { rng } from '../../test/builders/snapshot.ts';
import { type Schedule, scheduleOf, type Timetable } from './schedule.ts';
import { assign, edgesAfter, levelAt, levelOfPod, nextLevel, timeIn } from './schedule-level.ts';

const at = (text: string) => Date.parse(text);
const HOUR = 3_600;
const OFFICE_HOURS: Timetable = {
  cron: '0 9 * * 1-5',
  tz: 'Europe/Zurich',
  does: 'enable',
  forSeconds: 8 * HOUR,
  selector: 'track=canary',
};
const schedule = (change: Partial<Timetable> = {}, added?: Schedule['added']) =>
  scheduleOf({ ...OFFICE_HOURS, ...change }, undefined, added);
const without = ({ forSeconds: _, ...timetable }: Timetable, added?: Schedule['added']) =>
  scheduleOf(timetable, undefined, added);
const seen = (level: ReturnType<typeof levelAt>) => level && [level.does, new Date(level.since).toISOString()];

describe('the level of a schedule', () => {
  test.each<[string, Schedule, string, readonly string[] | undefined]>([
    ['before its time', schedule(), '2026-11-24T07:59:59Z', ['disable', '2026-11-23T16:00:00.000Z']],
    ['as its time begins', schedule(), '2026-11-24T08:00:00Z', ['enable', '2026-11-24T08:00:00.000Z']],
    ['as its time ends', schedule(), '2026-11-24T16:00:00Z', ['disable', '2026-11-24T16:00:00.000Z']],
    ['at the weekend', schedule(), '2026-11-29T12:00:00Z', ['disable', '2026-11-27T16:00:00.000Z']],
    [
      'in times that overlap',
      schedule({ cron: '0 * * * *', forSeconds: 2 * HOUR }),
      '2026-11-24T08:30:00Z',
      ['enable', '2026-11-24T08:00:00.000Z'],
    ],
    ['without a duration', without(OFFICE_HOURS), '2026-11-24T20:00:00Z', ['enable', '2026-11-24T08:00:00.000Z']],
    [
      'without a duration, before its first time',
      without(OFFICE_HOURS, { by: 'ada', at: at('2026-11-24T10:00:00Z'), operation: 'o' }),
      '2026-11-24T20:00:00Z',
      undefined,
    ],
    // 25 October 2026 has 25 hours: eight of them after 22:00 it is 05:00.
    [
      'over a change to winter time',
      schedule({ cron: '0 22 * * *' }),
      '2026-10-25T03:59:59Z',
      ['enable', '2026-10-24T20:00:00.000Z'],
    ],
    ['after it', schedule({ cron: '0 22 * * *' }), '2026-10-25T04:00:00Z', ['disable', '2026-10-25T04:00:00.000Z']],
    // 29 March 2026 has 23 hours.
    [
      'over a change to summer time',
      schedule({ cron: '0 22 * * *' }),
      '2026-03-29T04:59:59Z',
      ['enable', '2026-03-28T21:00:00.000Z'],
    ],
    ['after that', schedule({ cron: '0 22 * * *' }), '2026-03-29T05:00:00Z', ['disable', '2026-03-29T05:00:00.000Z']],
  ])('%s', (_, each, now, want) => expect(seen(levelAt(each, at(now)))).toEqual(want));
});

test('its next edges alternate, and times that overlap have no end between them', () => {
  const texts = (each: Schedule, most: number) =>
    edgesAfter(each, at('2026-11-27T12:00:00Z'), most).map((edge) => `${edge.does} ${timeIn(each.tz, edge.at)}`);
  expect(texts(schedule(), 3)).toEqual([
    'disable Fri 2026-11-27 17:00',
    'enable Mon 2026-11-30 09:00',
    'disable Mon 2026-11-30 17:00',
  ]);
  expect(texts(schedule({ cron: '0 * * * *', forSeconds: 2 * HOUR }), 2)).toEqual([
    'enable Fri 2026-11-27 14:00',
    'enable Fri 2026-11-27 15:00',
  ]);
  expect(nextLevel(schedule({ cron: '0 * * * *', forSeconds: 2 * HOUR }), at('2026-11-27T12:00:00Z'))).toBeUndefined();
  expect(nextLevel(schedule(), at('2026-11-27T12:00:00Z'))).toMatchObject({ does: 'disable' });
});

test('at any time, the level is that of the last edge', () => {
  const tables = record({
    cron: constantFrom('0 9 * * 1-5', '30 2 * * *', '*/20 * * * *', '0 0 1 * *', '15 22 * * SUN'),
    tz: constantFrom('UTC', 'Europe/Zurich', 'America/New_York', 'Australia/Lord_Howe'),
    does: constantFrom('enable', 'disable'),
    forSeconds: option(integer({ min: 60, max: 3 * 24 * HOUR }), { nil: undefined }),
  });
  const minutes = integer({ min: at('2026-01-01T00:00:00Z') / 60_000, max: at('2027-01-01T00:00:00Z') / 60_000 });
  const holds = property(tables, minutes, ({ forSeconds, ...table }, minute) => {
    const each = scheduleOf(
      { ...table, selector: 'a=b', ...(forSeconds !== undefined && { forSeconds }) } as Timetable,
      undefined,
    );
    const now = minute * 60_000;
    const level = levelAt(each, now);
    if (level === undefined) return false;
    const [edge] = edgesAfter(each, level.since - 1, 1);
    const [next] = edgesAfter(each, level.since, 1);
    return edge?.at === level.since && edge.does === level.does && (next === undefined || next.at > now);
  });
  expect(check(holds, propertyRuns(300))).toMatchObject({ failed: false });
});

describe('several schedules about a pod', () => {
  const [pod] = rng()
    .pod('b85tm', { labels: { app: 'rng', track: 'canary' } })
    .about('b85tm').targets;
  const level = (does: 'enable' | 'disable', since: number, selector = 'track=canary', isOwn = true) => ({
    schedule: schedule({ selector, does, forSeconds: 60 + since }),
    does,
    since,
    isOwn,
  });
  const of = (...levels: readonly ReturnType<typeof level>[]) => {
    if (pod === undefined) throw new Error('the pod is missing');
    const found = levelOfPod(pod, levels);
    return [found.level?.does, found.contradicting.length];
  };

  test('the one with the last edge wins', () => {
    expect(of(level('enable', 1), level('disable', 2))).toEqual(['disable', 0]);
    expect(of(level('disable', 2), level('enable', 3))).toEqual(['enable', 0]);
    expect(of(level('disable', 2), level('enable', 3, 'track=stable'))).toEqual(['disable', 0]);
    expect(of(level('enable', 3, 'track=stable'))).toEqual([undefined, 0]);
  });

  test('one in its own time wins over the end of another, since that end', () => {
    if (pod === undefined) throw new Error('the pod is missing');
    const ended = level('enable', 4, 'track=canary', false);
    expect(levelOfPod(pod, [level('disable', 2), ended])).toMatchObject({ level: { does: 'disable' }, since: 4 });
    expect(of(level('disable', 2, 'track=canary', false), ended)).toEqual(['enable', 0]);
  });

  test('none wins if they want opposite things since the same time', () => {
    expect(of(level('enable', 2), level('disable', 2))).toEqual([undefined, 2]);
    expect(of(level('enable', 2), level('disable', 2), level('disable', 3))).toEqual(['disable', 0]);
  });

  test('each level has the pods that follow it', () => {
    if (pod === undefined) throw new Error('the pod is missing');
    const levels = [level('enable', 1), level('disable', 2)];
    const { assigned, contradicting } = assign([pod], { key: 'enabled', value: 'yes' }, levels);
    expect(contradicting).toEqual([]);
    expect(assigned.map(({ asWanted, others }) => [asWanted.length, others.length])).toEqual([
      [0, 0],
      [1, 0],
    ]);
  });
});
