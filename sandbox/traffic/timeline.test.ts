import { expect, test } from 'vitest';
import { Timeline } from './timeline.ts';

test.each<[string, number, string]>([
  ['the first value before it was recorded', 50, 'a'],
  ['a value from its moment on', 200, 'b'],
  ['the value before, a millisecond earlier', 199, 'a'],
  ['the last value ever after', 9_000, 'c'],
])('a timeline has %s', (_, time, want) => {
  const timeline = new Timeline<string>(1_000);
  timeline.record(100, 'a');
  timeline.record(200, 'b');
  timeline.record(300, 'c');
  expect(timeline.at(time)).toBe(want);
});

test('a timeline keeps what held at the beginning of its while, and forgets what was before', () => {
  const timeline = new Timeline<string>(1_000);
  for (const [at, value] of [
    [0, 'a'],
    [500, 'b'],
    [1_600, 'c'],
  ] as const)
    timeline.record(at, value);
  expect([timeline.at(0), timeline.at(600), timeline.at(1_600)]).toEqual(['b', 'b', 'c']);
});

test('an empty timeline has no value', () => {
  expect(new Timeline<string>(1_000).at(0)).toBeUndefined();
});
