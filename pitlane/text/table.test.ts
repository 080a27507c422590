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
