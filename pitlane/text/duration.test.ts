import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatDuration, LONGEST_SECONDS, parseDuration, SHORTEST_SECONDS } from './duration.ts';

describe('durations from a minute to a week', () => {
  test.each([
    ['1m', 60],
    ['60s', 60],
    ['90s', 90],
    ['30m', 1800],
    ['30M', 1800],
    ['1h30m', 5400],
    ['2d', 172_800],
    ['1d1h1m1s', 90_061],
    ['7d', 604_800],
    ['168h', 604_800],
  ])('%s', (text, seconds) => {
    expect(parseDuration(text)).toEqual({ kind: 'duration', seconds });
  });

  test.each([
    ['59s', '59s is too short: a pod stays drained for at least 1m.', '1m'],
    ['7d1s', '7d1s is too long: a pod stays drained for at most 7d.', '7d'],
    ['999999999d', '999999999d is too long: a pod stays drained for at most 7d.', '7d'],
    ['', '"" is not a duration. Use d, h, m and s, such as 30m or 1h30m.', '30m'],
    ['45', '"45" is not a duration. Use d, h, m and s, such as 30m or 1h30m.', '45m'],
    ['30m1h', '"30m1h" is not a duration. Use d, h, m and s, such as 30m or 1h30m.', '30m'],
    ['-30m', '"-30m" is not a duration. Use d, h, m and s, such as 30m or 1h30m.', '30m'],
  ])('%s is refused', (text, message, instead) => {
    expect(parseDuration(text)).toEqual({ kind: 'invalid', message, instead });
  });

  test('a duration that is written is read as the same number of seconds', () => {
    fc.assert(
      fc.property(fc.integer({ min: SHORTEST_SECONDS, max: LONGEST_SECONDS }), (seconds) => {
        expect(parseDuration(formatDuration(seconds))).toEqual({ kind: 'duration', seconds });
      }),
    );
  });
});
