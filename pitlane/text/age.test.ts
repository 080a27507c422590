import { expect, test } from 'vitest';
import { age, clock } from './age.ts';

const NOW = Date.UTC(2026, 10, 24, 3, 12, 7);
const [MINUTE, HOUR, DAY] = [60, 3_600, 86_400];

// From apimachinery's duration_test.go, around each boundary.
test.each([
  [-5, '0s'],
  [0, '0s'],
  [119, '119s'],
  [2 * MINUTE, '2m'],
  [3 * MINUTE + 12, '3m12s'],
  [10 * MINUTE - 1, '9m59s'],
  [10 * MINUTE, '10m'],
  [3 * HOUR - 1, '179m'],
  [3 * HOUR, '3h'],
  [5 * HOUR + 3 * MINUTE, '5h3m'],
  [8 * HOUR, '8h'],
  [2 * DAY - 1, '47h'],
  [2 * DAY, '2d'],
  [5 * DAY + 4 * HOUR, '5d4h'],
  [8 * DAY, '8d'],
  [2 * 365 * DAY - 1, '729d'],
  [2 * 365 * DAY + 35 * DAY, '2y35d'],
  [8 * 365 * DAY, '8y'],
])('prints the age of %d s as %s', (seconds, want) => {
  expect(age(NOW - seconds * 1000, NOW)).toBe(want);
});

test('prints the date only for another day', () => {
  expect(clock(NOW + 3_600_000, NOW)).toBe('04:12:07 UTC');
  expect(clock(NOW + 86_400_000, NOW)).toBe('2026-11-25 03:12 UTC');
});
