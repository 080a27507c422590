import { printableLine, printableText } from '../pitlane/text/printable.ts';
import type { Colour, Paint } from '../pitlane/text/table.ts';

const ANSI_CODES: Readonly<Record<Colour, readonly [on: number, off: number]>> = {
  green: [32, 39],
  yellow: [33, 39],
  red: [31, 39],
  cyan: [36, 39],
  dim: [2, 22],
  bold: [1, 22],
};

export const inColour: Paint = (colour, text) => {
  const [on, off] = ANSI_CODES[colour];
  return text === '' ? '' : `\u001b[${on}m${text}\u001b[${off}m`;
};

export const plain: Paint = (_, text) => text;

const COLOUR_CODES = Object.values(ANSI_CODES).flat().join('|');
const PAINTED = new RegExp(`(\\u001b\\[(?:${COLOUR_CODES})m)`);

/** What may be written to the terminal: printable text and, if it is a screen, Pitlane's own colours. */
export function printable(text: string, isScreen: boolean): string {
  if (!isScreen) return printableText(text);
  return text
    .split(PAINTED)
    .map((part, index) => (index % 2 === 1 ? part : printableText(part)))
    .join('');
}

/** Makes each string in a value one printable line. */
export function printableLines<T>(value: T): T {
  if (typeof value === 'string') return printableLine(value) as T;
  if (Array.isArray(value)) return value.map(printableLines) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, printableLines(each)])) as T;
}
