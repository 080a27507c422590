/**
 * Characters that act on a screen instead of being seen there: control characters (C0, DEL, C1), line and paragraph
 * separators, bidirectional controls (Unicode, annex 9), and invisible ones, with which a name can pass for another. The
 * joiners of emoji and Persian (U+200C, U+200D) are none of them.
 */
const ACTING = String.raw`\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\u00ad\u200b\u2060-\u2064\u206a-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}`;

const RUNS = new RegExp(`[${ACTING}]+`, 'gu');
/** In a text, line breaks and tabs are meant. */
const IN_TEXT = new RegExp(`(?![\\n\\t])[${ACTING}]`, 'gu');
/** Colours, and the CR of a line end, leave nothing worth showing. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: matches colour codes.
const COLOURS = /(?:\u001b\[|\u009b)[\d;:]*m|\r+(?=\n|$)/g;

/** Most text. Looking for the others takes ten times as long. */
const PLAIN = /^[\n\t -~]*$/;
const ON_A_LINE = /^[ -~]*$/;

/** One line of foreign text: it can't move the cursor, forge a row of a table or reverse a command. */
export function printableLine(text: string): string {
  return ON_A_LINE.test(text) ? text : text.replace(RUNS, ' ');
}

/** One such line for use inside a sentence. */
export function oneLine(text: string): string {
  return printableLine(text).replace(/\s+/g, ' ').trim();
}

/** A foreign text with its line breaks and tabs. */
export function printableText(text: string): string {
  return PLAIN.test(text) ? text : text.replace(COLOURS, '').replace(IN_TEXT, '\ufffd');
}

/** True if JSON and YAML have to escape characters of this text. */
export function isUnprintable(text: string): boolean {
  return !PLAIN.test(text) && text.search(IN_TEXT) >= 0;
}

/** JSON, or quoted YAML, with such characters escaped: the same data. */
export function escapeUnprintable(text: string, write = jsonEscape): string {
  return text.replace(IN_TEXT, write);
}

/** Each UTF-16 unit as `\uXXXX`. */
export function jsonEscape(characters: string): string {
  return Array.from({ length: characters.length }, (_, index) => hex(characters.charCodeAt(index), 'u', 4)).join('');
}

/** One character: YAML knows no pairs of surrogates. */
export function yamlEscape(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return code > 0xffff ? hex(code, 'U', 8) : hex(code, 'u', 4);
}

function hex(code: number, letter: string, digits: number): string {
  return `\\${letter}${code.toString(16).padStart(digits, '0')}`;
}

/** A file that people may show on a screen. */
export function printableFile(name: string, text: string): string {
  return name.endsWith('.json') ? escapeUnprintable(text) : printableText(text);
}
