import { describe, expect, test } from 'vitest';
import { matchesSelector, meets } from './label-selector.ts';

/** Operator, values and if a label with the value `5` meets it; then if no label does. */
const operators: [string, string[] | undefined, boolean, boolean][] = [
  ['=', ['5'], true, false],
  ['In', ['4', '5'], true, false],
  ['in', ['4'], false, false],
  ['!=', ['5'], false, true],
  ['NotIn', ['4'], true, true],
  ['Exists', undefined, true, false],
  ['DoesNotExist', undefined, false, true],
  ['!', [], false, true],
  ['Gt', ['4'], true, false],
  ['Gt', ['5'], false, false],
  ['Lt', ['6'], true, false],
  ['lt', ['five'], false, false],
  ['Like', ['5'], false, false],
];

describe('a selector', () => {
  test.each(operators)('with %s %j is met by 5: %s, without a label: %s', (operator, values, isMet, isMetWithout) => {
    const expressions = [{ key: 'size', operator, values }];
    expect([meets({ size: '5' }, expressions), meets({ other: '5' }, expressions)]).toEqual([isMet, isMetWithout]);
  });

  test('compares integers beyond 2^53', () => {
    const expressions = [{ key: 'size', operator: 'Gt', values: ['9007199254740992'] }];
    expect(meets({ size: '9007199254740993' }, expressions)).toBe(true);
  });

  test('reads no field that all objects have', () => {
    expect(meets({}, [{ key: 'constructor', operator: 'Exists' }])).toBe(false);
  });

  test('that is missing matches nothing, an empty one everything', () => {
    expect([matchesSelector(undefined, {}), matchesSelector({}, undefined)]).toEqual([false, true]);
  });

  test('needs its labels and its expressions', () => {
    const selector = { matchLabels: { app: 'rng' }, matchExpressions: [{ key: 'tier', operator: 'Exists' }] };
    expect(matchesSelector(selector, { app: 'rng', tier: 'web' })).toBe(true);
    expect(matchesSelector(selector, { app: 'rng' })).toBe(false);
    expect(matchesSelector(selector, { app: 'web', tier: 'web' })).toBe(false);
  });
});
