import { expect, test } from 'vitest';
import { LogRing, withTimestamp } from './log-ring.ts';

const start = Date.parse('2026-11-24T03:12:07Z');

function ringOf(lines: number): LogRing {
  const ring = new LogRing();
  for (let i = 1; i <= lines; i++) ring.append(start + i * 1000, `line ${i}`);
  return ring;
}

test.each([
  ['all lines', {}, ['line 1', 'line 2', 'line 3']],
  ['--tail=2', { tailLines: 2 }, ['line 2', 'line 3']],
  ['--tail=0', { tailLines: 0 }, []],
  ['--tail with more than all lines', { tailLines: 9 }, ['line 1', 'line 2', 'line 3']],
  ['--since, including the boundary', { since: start + 2000 }, ['line 2', 'line 3']],
  ['--since and --tail', { since: start + 2000, tailLines: 1 }, ['line 3']],
])('kubectl logs shows %s', (_, selection, want) => {
  const texts = ringOf(3)
    .select(selection)
    .map(({ text }) => text);
  expect(texts).toEqual(want);
});

test('keeps the last 2000 lines', () => {
  const texts = ringOf(10_000)
    .select({})
    .map(({ text }) => text);
  expect([texts.length, texts[0], texts.at(-1)]).toEqual([2000, 'line 8001', 'line 10000']);
});

test('kubectl logs -f gets each new line and ends with the container', () => {
  const ring = ringOf(1);
  const seen: string[] = [];
  ring.on('line', ({ text }) => seen.push(text)).on('end', () => seen.push('(end)'));
  ring.append(start, 'two\nthree');
  ring.end();
  ring.append(start, 'written without followers');
  expect(seen).toEqual(['two', 'three', '(end)']);
});

test('kubectl logs --timestamps has nanoseconds, a time for each line', () => {
  const ring = new LogRing();
  ring.append(start + 42, 'one\ntwo');
  ring.append(start + 42, 'three');
  ring.append(start + 43, 'four');
  expect(ring.select({}).map(withTimestamp)).toEqual([
    '2026-11-24T03:12:07.042000000Z one',
    '2026-11-24T03:12:07.042000001Z two',
    '2026-11-24T03:12:07.042000002Z three',
    '2026-11-24T03:12:07.043000000Z four',
  ]);
});
