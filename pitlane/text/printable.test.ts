import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  escapeUnprintable,
  isUnprintable,
  oneLine,
  printableFile,
  printableLine,
  printableText,
  yamlEscape,
} from './printable.ts';

const ACTING = [
  ...['\u0000', '\u0007', '\b', '\u001b', '\u007f', '\u0085', '\u009b', '\u009f'],
  ...['\u061c', '\u200e', '\u200f', '\u202a', '\u202e', '\u2066', '\u2069'],
  ...['\u2028', '\u2029', '\u00ad', '\u200b', '\u2060', '\ufeff', '\ufff9', '\u{e0041}'],
];

test.each(ACTING.map((character) => [character.codePointAt(0)?.toString(16), character]))(
  'U+%s reaches no screen',
  (_, character) => {
    expect(printableLine(`a${character}${character}b`)).toBe('a b');
    expect(printableText(`a${character}b`)).toBe('a\ufffdb');
    expect(escapeUnprintable(JSON.stringify(`a${character}b`))).not.toContain(character);
  },
);

test('other text stays as it is: accents, Hebrew, Arabic and joined emoji', () => {
  const text = 'Zoë ü שלום العربية می\u200cخواهم 👩\u200d🚒 🇩🇪 ✓';
  expect([printableLine(text), printableText(text), oneLine(text)]).toEqual([text, text, text]);
  expect(isUnprintable(text)).toBe(false);
});

test('a text keeps line breaks and tabs, and loses colours and carriage returns at line ends', () => {
  expect(printableText('\u001b[1;31mone\u001b[0m\r\n\ttwo\r')).toBe('one\n\ttwo');
  expect(printableText('50 %\r100 %')).toBe('50 %\ufffd100 %');
  expect(printableText('\u001b\u001b[0m[2J')).toBe('\ufffd[2J');
});

test('one line has single spaces', () => {
  expect(oneLine(' a \n\u202e\t b ')).toBe('a b');
});

const anyText = fc.string({ unit: fc.oneof(fc.constantFrom(...ACTING, '\n', '\t', '"', '\\'), fc.string()) });

test('escaped JSON is the same data', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const json = escapeUnprintable(JSON.stringify({ [text]: text }, undefined, 2));
      expect(JSON.parse(json)).toEqual({ [text]: text });
      expect(isUnprintable(json)).toBe(false);
    }),
  );
});

test('YAML has one escape for each character', () => {
  expect(escapeUnprintable('"\u202e\u{e0041}"', yamlEscape)).toBe('"\\u202e\\U000e0041"');
});

test('a file is escaped if it is JSON, and replaced if it is text', () => {
  expect(printableFile('pod.json', '"\u202e"')).toBe('"\\u202e"');
  expect(printableFile('logs/rng.log', '\u202ex')).toBe('\ufffdx');
});
