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

/** Replaces the control characters of one line: text from the cluster must not move the cursor or forge a table row. */
export function sanitize(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ');
}

/** Replaces the control characters of a whole text, except line breaks and tabs. */
export function sanitizeText(text: string): string {
  return text.replace(/[^\P{Cc}\n\t]/gu, '\ufffd');
}

/** Sanitizes all strings in a value. */
export function sanitizeAll<T>(value: T): T {
  if (typeof value === 'string') return sanitize(value) as T;
  if (Array.isArray(value)) return value.map(sanitizeAll) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, sanitizeAll(each)])) as T;
}
