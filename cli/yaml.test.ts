import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { isUnprintable } from '../pitlane/text/printable.ts';
import { yamlText } from './yaml.ts';

describe('a string stays a string in YAML 1.1 and 1.2', () => {
  test.each(['yes', 'off', 'NO', 'y', '2024-01-01', '1_000', '0o17', '017', '0b11', '1:30', '1e3', 'null', '~', '='])(
    '%s is quoted',
    (text) => {
      const yaml = yamlText({ labels: { enabled: text } });
      expect(yaml).toBe(`labels:\n  enabled: "${text}"\n`);
      for (const version of ['1.1', '1.2'] as const) {
        expect(parse(yaml, { version })).toEqual({ labels: { enabled: text } });
        expect(parse(yamlText({ [text]: '' }), { version })).toEqual({ [text]: '' });
      }
    },
  );

  test('for any label value', () => {
    const text = fc.oneof(
      fc.stringMatching(/^[0-9][-0-9_:.xobeE]{0,10}$/),
      fc.stringMatching(/^\w{1,5}$/),
      fc.string(),
      fc.string({ unit: fc.constantFrom('a', ' ', '\n', '\u202e', '\u0085', '\u2028', '\u{e0041}', '"', '#') }),
    );
    fc.assert(
      fc.property(text, fc.double({ noNaN: true, noDefaultInfinity: true }), (value, number) => {
        const data = { value, list: [value, true, null], number };
        for (const version of ['1.1', '1.2'] as const) expect(parse(yamlText(data), { version })).toEqual(data);
      }),
      { examples: [[' \n', 0]] },
    );
  });
});

test('escapes what acts on a screen, and folds no line', () => {
  const data = { 'k\u202e': 'x\u009by', text: `one\n\u001b[2J\u{e0041}${'🐢'.repeat(99)} two` };
  const yaml = yamlText(data);
  expect(isUnprintable(yaml)).toBe(false);
  expect(yaml).toMatch(/^"k\\u202e": "x\\u009by"\n/);
  for (const version of ['1.1', '1.2'] as const) expect(parse(yaml, { version })).toEqual(data);
});

test('does not quote unambiguous strings', () => {
  expect(yamlText({ state: 'in rotation', name: 'rng-5f69c6b7d8-b85tm', by: 'ada', age: '5m' })).toBe(
    'state: in rotation\nname: rng-5f69c6b7d8-b85tm\nby: ada\nage: 5m\n',
  );
});
