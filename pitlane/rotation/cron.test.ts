import { describe, expect, test } from 'vitest';
import { cronFault, lastRun, nextRun, timeZoneFault } from './cron.ts';

const at = (text: string) => Date.parse(text);
const iso = (time: number | undefined) => time && new Date(time).toISOString();
const ZURICH = 'Europe/Zurich';

describe('the times of a cron expression', () => {
  test.each([
    ['at the time itself', '0 9 * * *', 'UTC', '2026-11-24T09:00:00Z', '2026-11-24T09:00:00Z', '2026-11-25T09:00:00Z'],
    ['just before', '0 9 * * *', 'UTC', '2026-11-24T08:59:59.999Z', '2026-11-23T09:00:00Z', '2026-11-24T09:00:00Z'],
    ['on working days', '0 9 * * 1-5', ZURICH, '2026-11-28T12:00:00Z', '2026-11-27T08:00:00Z', '2026-11-30T08:00:00Z'],
    ['on leap days', '0 0 29 2 *', 'UTC', '2026-11-28T12:00:00Z', '2024-02-29T00:00:00Z', '2028-02-29T00:00:00Z'],
    [
      'at half past',
      '30 9 * * *',
      'Asia/Kolkata',
      '2026-11-28T12:00:00Z',
      '2026-11-28T04:00:00Z',
      '2026-11-29T04:00:00Z',
    ],
    // 29 March 2026: 02:00 is followed by 03:00.
    ['in winter time', '0 9 * * *', ZURICH, '2026-03-28T12:00:00Z', '2026-03-28T08:00:00Z', '2026-03-29T07:00:00Z'],
    ['a skipped time', '30 2 * * *', ZURICH, '2026-03-29T06:00:00Z', '2026-03-29T01:00:00Z', '2026-03-30T00:30:00Z'],
    // 25 October 2026: 03:00 is followed by 02:00.
    ['in summer time', '0 9 * * *', ZURICH, '2026-10-25T06:00:00Z', '2026-10-24T07:00:00Z', '2026-10-25T08:00:00Z'],
    [
      'a time that happens twice',
      '30 2 * * *',
      ZURICH,
      '2026-10-25T06:00:00Z',
      '2026-10-25T00:30:00Z',
      '2026-10-26T01:30:00Z',
    ],
    [
      'the second of them',
      '30 2 * * *',
      ZURICH,
      '2026-10-25T00:45:00Z',
      '2026-10-25T00:30:00Z',
      '2026-10-26T01:30:00Z',
    ],
    [
      'a change at midnight',
      '0 0 * * *',
      'America/Asuncion',
      '2024-10-06T12:00:00Z',
      '2024-10-06T04:00:00Z',
      '2024-10-07T03:00:00Z',
    ],
  ])('%s', (_, cron, zone, now, last, next) => {
    expect([iso(lastRun(cron, zone, at(now))), iso(nextRun(cron, zone, at(now)))]).toEqual([
      iso(at(last)),
      iso(at(next)),
    ]);
  });
});

test.each([
  '* * * * *',
  '*/5 8-18 * * MON-FRI',
  '0 9 L * *',
  '0 9 * * 1#2',
  '@daily',
  '0 0 29 2 *',
  '0,30 9 1-7 jan mon',
])('%s is valid', (cron) => expect(cronFault(cron)).toBeUndefined());

test.each<[cron: string, instead?: string]>([
  [''],
  ['0 9 * *'],
  ['0 0 9 * * *'],
  ['60 * * * *'],
  ['0 24 * * *'],
  ['0 0 32 * *'],
  ['0 0 0 * *'],
  ['0 0 * 13 *'],
  ['0 0 * * 8'],
  ['0 0 31 2 *'],
  ['*/0 * * * *'],
  ['5-1 * * * *'],
  ['? * * * *'],
  ['a b c d e'],
  ['0 9 * * monday', '0 9 * * MON'],
  ['0 9 * * MON-FRY', '0 9 * * MON-FRI'],
  ['0 9 * sept *', '0 9 * SEP *'],
  ['@reboot'],
  ['@dayly', '@daily'],
  ['@midnight'],
])('%j is invalid', (cron, instead) => {
  const fault = cronFault(cron);
  expect(fault?.message).toMatch(/\.$|\?$/);
  expect(fault?.instead).toBe(instead);
});

test.each(['UTC', 'Europe/Zurich', 'America/Argentina/Buenos_Aires', 'Asia/Calcutta', 'Etc/GMT+5'])(
  '%s is a time zone',
  (name) => expect(timeZoneFault(name)).toBeUndefined(),
);

test.each<[name: string, instead?: string]>([
  ['Europe/Zurch', 'Europe/Zurich'],
  ['europe/zurich', 'Europe/Zurich'],
  ['zurich', 'Europe/Zurich'],
  ['New York', 'America/New_York'],
  ['utc', 'UTC'],
  ['+02:00'],
  ['CET-ish-nonsense'],
  [''],
])('%j is not a time zone', (name, instead) => {
  expect(timeZoneFault(name)).toMatchObject(instead === undefined ? {} : { instead });
  expect(timeZoneFault(name)?.instead).toBe(instead);
});
