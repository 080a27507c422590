import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatSelector, matches, parseSelector, selectorOfLabelSelector } from './selector.ts';

describe('parseSelector', () => {
  const pods = {
    blue: { app: 'rng', color: 'blue', n: '2' },
    green: { app: 'rng', color: 'green', n: '10' },
    plain: { app: 'rng' },
    empty: { app: 'rng', color: '' },
    web: { app: 'web', n: 'two' },
  };
  test.each<[text: string, want: readonly string[]]>([
    ['', ['blue', 'green', 'plain', 'empty', 'web']],
    ['app=rng', ['blue', 'green', 'plain', 'empty']],
    ['app==rng,color=blue', ['blue']],
    [' app = rng , color = blue ', ['blue']],
    ['color=', ['empty']],
    ['color', ['blue', 'green', 'empty']],
    ['!color', ['plain', 'web']],
    ['color!=blue', ['green', 'plain', 'empty', 'web']],
    ['color in (blue, green)', ['blue', 'green']],
    ['color in ()', ['empty']],
    ['color in (blue,)', ['blue', 'empty']],
    ['color notin (blue)', ['green', 'plain', 'empty', 'web']],
    ['n>2', ['green']],
    ['n<10', ['blue']],
    ['app in (web),!color', ['web']],
    ['in', []],
    ['app notin (rng)', ['web']],
  ])('selects with %j as kubectl does', (text, want) => {
    const parsed = parseSelector(text);
    expect(
      parsed.kind === 'selector' &&
        Object.entries(pods)
          .filter(([, labels]) => matches(parsed.selector, labels))
          .map(([name]) => name),
    ).toEqual(want);
  });

  test.each<[text: string, position: number, message: string]>([
    ['app=rng,', 8, 'at character 9: the selector ends, expected another requirement after ","'],
    ['app=rng enabled', 8, 'at character 9: found "enabled", expected "," or the end'],
    ['app in rng', 7, 'at character 8: found "rng", expected "(" and a list of values'],
    ['app in (a b)', 10, 'at character 11: found "b", expected "," or ")"'],
    ['app in (a', 9, 'at character 10: the selector ends, expected "," or ")"'],
    ['=rng', 0, 'at character 1: found "=", expected a name'],
    [
      'app=-x',
      4,
      'at character 5: "-x": a label value consists of letters, digits, "-", "_" and ".", and begins and ends with a letter or digit',
    ],
    [
      'Foo/app=x',
      0,
      'at character 1: "Foo/app": the part before "/" must be a lower-case DNS name of at most 253 characters',
    ],
    ['n>two', 2, 'at character 3: ">" compares with an integer'],
    ['!app=x', 4, 'at character 5: found "=", expected "," or the end'],
    [
      'app~x',
      0,
      'at character 1: "app~x": a label key consists of letters, digits, "-", "_" and ".", and begins and ends with a letter or digit',
    ],
  ])('%j is refused with its position', (text, position, message) => {
    expect(parseSelector(text)).toEqual({ kind: 'invalid', position, message });
  });

  const name = fc.stringMatching(/^[a-z]([-a-z0-9]{0,8}[a-z0-9])?$/);
  const requirement = fc.oneof(
    fc.record({
      key: name,
      operator: fc.constantFrom('Exists' as const, 'DoesNotExist' as const),
      values: fc.constant([]),
    }),
    fc.record({
      key: name,
      operator: fc.constantFrom('In' as const, 'NotIn' as const),
      values: fc.uniqueArray(name, { minLength: 1, maxLength: 3 }).map((values) => values.sort()),
    }),
  );
  test('reads back what formatSelector writes', () => {
    fc.assert(
      fc.property(fc.array(requirement, { maxLength: 4 }), (selector) => {
        expect(parseSelector(formatSelector(selector))).toEqual({ kind: 'selector', selector });
      }),
    );
  });

  test('needs both parts of a label selector', () => {
    const selector = selectorOfLabelSelector({
      matchLabels: { app: 'rng' },
      matchExpressions: [{ key: 'color', operator: 'NotIn', values: ['blue'] }],
    });
    expect(
      Object.entries(pods)
        .filter(([, labels]) => matches(selector, labels))
        .map(([pod]) => pod),
    ).toEqual(['green', 'plain', 'empty']);
  });
});
