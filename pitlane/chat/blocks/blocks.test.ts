import fc from 'fast-check';
import { expect, test } from 'vitest';
import { shareRoom, takeFitting } from './blocks.ts';

const total = (lines: readonly string[]) => lines.reduce((sum, { length }) => sum + length + 1, 0);

test.each<[string, readonly number[], number, readonly number[]]>([
  ['lines that fit stay as they are', [100, 200, 300], 603, [100, 200, 300]],
  ['the longest line is cut for the others', [100, 20_000, 300], 1_500, [100, 1_097, 300]],
  ['two long lines get the same', [20_000, 100, 9_000], 1_501, [699, 100, 699]],
  [
    'no line gets less than 400',
    Array.from({ length: 20 }, () => 20_000),
    1_000,
    Array.from({ length: 20 }, () => 400),
  ],
  ['no lines', [], 100, []],
])('%s', (_, lengths, characters, want) => {
  const shown = shareRoom(
    lengths.map((length) => 'x'.repeat(length)),
    characters,
  );
  // A cut ends a few characters early, to stay outside of entities and tokens.
  shown.forEach(({ length }, index) => {
    expect(length).toBeLessThanOrEqual(want[index] ?? 0);
    expect(length).toBeGreaterThanOrEqual((want[index] ?? 0) - 4);
  });
});

test('every line is shown, unless they have more than 400 characters each', () => {
  const line = fc.integer({ min: 0, max: 5_000 }).map((length) => 'x'.repeat(length));
  fc.assert(
    fc.property(fc.array(line, { maxLength: 60 }), (lines) => {
      const shared = shareRoom(lines, 10_000);
      const shown = takeFitting(shared, 10_000);
      expect(total(shown)).toBeLessThanOrEqual(10_001);
      if (shown.length < lines.length) expect(total(lines.map((each) => each.slice(0, 400)))).toBeGreaterThan(9_000);
      lines.forEach((each, index) => {
        if (each.length <= 400) expect(shared[index]).toBe(each);
      });
    }),
  );
});
