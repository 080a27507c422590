import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { pasteable } from './paste.ts';

test.each([
  [[], []],
  [['a'], ['a']],
  [
    ['a', 'b', 'c'],
    ['a &&', 'b &&', 'c'],
  ],
])('%j: every line but the last ends with &&', (lines, want) => {
  expect(pasteable(lines)).toEqual(want);
});

test('a shell stops at the first line that fails', () => {
  const pasted = pasteable(['echo 1', 'false', 'echo 3']).join('\n');
  expect(execFileSync('sh', { input: `${pasted}\ntrue\n`, encoding: 'utf8' })).toBe('1\n');
});
