export type Colour = 'green' | 'yellow' | 'red' | 'cyan' | 'dim' | 'bold';

/** Colours a text, or leaves it as it is: for a terminal, or for a file. */
export type Paint = (colour: Colour, text: string) => string;

const CODES: Readonly<Record<Colour, readonly [on: number, off: number]>> = {
  green: [32, 39],
  yellow: [33, 39],
  red: [31, 39],
  cyan: [36, 39],
  dim: [2, 22],
  bold: [1, 22],
};

export const inColour: Paint = (colour, text) => {
  const [on, off] = CODES[colour];
  return text === '' ? '' : `\u001b[${on}m${text}\u001b[${off}m`;
};

export const plain: Paint = (_, text) => text;

/** Text from the cluster without the control characters that would move the cursor, or forge a line of a table. */
export function sanitize(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ');
}

/** The same for whole texts: line breaks and tabs stay. */
export function sanitizeText(text: string): string {
  return text.replace(/[^\P{Cc}\n\t]/gu, '\ufffd');
}

/** A value with all its texts made sanitize: names, messages and reasons come from the cluster and from people. */
export function sanitizeAll<T>(value: T): T {
  if (typeof value === 'string') return sanitize(value) as T;
  if (Array.isArray(value)) return value.map(sanitizeAll) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, sanitizeAll(each)])) as T;
}
