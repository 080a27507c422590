import { expect, test } from 'vitest';
import { LogPosition, readTimestamp } from './log-position.ts';

const at = (seconds: string, text: string) => `2026-11-24T03:12:${seconds}Z ${text}`;

/** The lines of two reads of a log, where the second begins at the position of the first. */
function readTwice(first: readonly string[], second: readonly string[]): (string | undefined)[] {
  const position = new LogPosition();
  for (const line of first) position.next(line);
  position.rewind();
  return second.map((line) => position.next(line));
}

test.each([
  ['UTC', '2026-11-24T03:12:07.042000001Z hello there', '2026-11-24T03:12:07.042000001Z', 'hello there'],
  ['the time zone of the node', '2026-11-24T04:12:07.5+01:00 hello', '2026-11-24T04:12:07.5+01:00', 'hello'],
  ['an empty line', '2026-11-24T03:12:07Z ', '2026-11-24T03:12:07Z', ''],
  ['spaces at the beginning', '2026-11-24T03:12:07Z   two', '2026-11-24T03:12:07Z', '  two'],
])('reads the time of a line: %s', (_, line, time, text) => {
  expect(readTimestamp(line)).toEqual({ at: time, text });
});

test('passes messages of the kubelet on, which have no time', () => {
  const message = 'failed to watch file "/var/log/pods/…/0.log": no space left on device';
  expect(readTimestamp(message)).toBeUndefined();
  expect(readTwice([at('07.1', 'a')], [message, at('07.1', 'a'), at('07.2', 'b')])).toEqual([message, undefined, 'b']);
});

test.each([
  [
    'skips the lines of the same second that were passed on',
    [at('07.1', 'a'), at('07.2', 'b')],
    [at('07.1', 'a'), at('07.2', 'b'), at('07.3', 'c')],
    [undefined, undefined, 'c'],
  ],
  [
    'skips as many lines of the last time as were passed on',
    [at('07.1', 'a'), at('07.1', 'b')],
    [at('07.1', 'a'), at('07.1', 'b'), at('07.1', 'c')],
    [undefined, undefined, 'c'],
  ],
  [
    'passes everything on where the last line was rotated away',
    [at('07.1', 'a')],
    [at('07.2', 'b'), at('07.3', 'c')],
    ['b', 'c'],
  ],
  [
    'passes on a later line with an earlier time, as two output streams may write it',
    [at('07.2', 'a')],
    [at('07.2', 'a'), at('07.1', 'b')],
    [undefined, 'b'],
  ],
  [
    'compares times of different lengths and zones',
    ['2026-11-24T04:12:07.15+01:00 a'],
    [at('07.1499', 'before'), at('07.2', 'b')],
    [undefined, 'b'],
  ],
])('after a broken connection %s', (_, first, second, want) => {
  expect(readTwice(first, second)).toEqual(want);
});

test('begins again at the whole second of the last line, as the API server cuts the fraction', () => {
  const position = new LogPosition();
  expect(position.sinceTime).toBeUndefined();
  position.next(at('07.999999999', 'a'));
  expect(position.sinceTime).toBe('2026-11-24T03:12:07Z');
});
