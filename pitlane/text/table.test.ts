import { expect, test } from 'vitest';
import { table } from './table.ts';

const plain = (_: unknown, text: string) => text;

test('a long text in one row does not push the columns of the others away', () => {
  const [header = '', row = '', long = ''] = table(
    ['rng-a', 'x'.repeat(20_000)],
    [
      ['NAME', (name) => name],
      ['STATE', () => 'drained'],
    ],
    plain,
  );
  expect([header.indexOf('STATE'), row.indexOf('drained')]).toEqual([103, 103]);
  expect(long.length).toBe(1_000 + 3 + 'drained'.length);
});

test('a text is not cut inside a character', () => {
  const [, row = ''] = table(['🐢'.repeat(1_000)], [['NAME', (name) => name]], plain);
  expect(row.isWellFormed()).toBe(true);
});

test.each([
  [80, ['NAME', 'STATE', 'NODE', 'BECAUSE']],
  [60, ['NAME', 'STATE', 'BECAUSE']],
  [30, ['NAME', 'BECAUSE']],
])('a screen of %i columns shows the columns that fit, and the beginning of the last one', (width, titles) => {
  const rows = table(
    ['rng-a', 'rng-b'],
    [
      ['NAME', (name) => name],
      ['STATE', () => 'in rotation'],
      ['NODE', () => 'ip-10-0-0-1.internal'],
      ['BECAUSE', (_, index) => (index === 0 ? 'x'.repeat(200) : '')],
    ],
    plain,
    { width, optional: ['NODE', 'STATE'] },
  );
  expect(rows[0]?.split(/ +/)).toEqual(titles);
  // A name and the beginning of the reason are shown in any case.
  for (const row of rows) expect(row.length).toBeLessThanOrEqual(Math.max(width, 5 + 3 + 24));
  expect(rows[1]).toMatch(/x…$/);
});
