import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatDuration, LONGEST_SECONDS, parseDuration, SHORTEST_SECONDS } from './duration.ts';

describe('parseDuration', () => {
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
  ])('reads %s', (text, seconds) => {
    expect(parseDuration(text)).toEqual({ kind: 'duration', seconds });
  });

  test.each([
    ['59s', '1m'],
    ['7d1s', '7d'],
    ['999999999d', '7d'],
    ['', '30m'],
    ['45', '45m'],
    ['30m1h', '30m'],
    ['-30m', '30m'],
  ])('refuses %j and suggests %s', (text, instead) => {
    expect(parseDuration(text)).toMatchObject({ kind: 'invalid', instead });
  });

  test('explains what is wrong', async () => {
    const sentences = ['59s', '8d', '45'].map((text) => {
      const parsed = parseDuration(text);
      return parsed.kind === 'invalid' ? `${parsed.message}\n` : '';
    });
    await expect(sentences.join('')).toMatchFileSnapshot('golden/durations.golden.txt');
  });

  test('reads back what formatDuration writes', () => {
    fc.assert(
      fc.property(fc.integer({ min: SHORTEST_SECONDS, max: LONGEST_SECONDS }), (seconds) => {
        expect(parseDuration(formatDuration(seconds))).toEqual({ kind: 'duration', seconds });
      }),
    );
  });
});
