import { editDistance } from '../rotation/target.ts';

/** Text that can't be read as a command. */
export interface Misread<Line = string> {
  readonly kind: 'misread';
  /** What was wrong and what was expected, one sentence. */
  readonly message: string;
  /** What to type instead, the likeliest first; each can be sent as it is. */
  readonly instead: readonly Line[];
}

export function misread<Line = never>(message: string, ...instead: readonly Line[]): Misread<Line> {
  return { kind: 'misread', message, instead };
}

/** What somebody typed, as a message quotes it: cut, so that a long paste does not bury the sentence. */
export function quote(text: string): string {
  const flat = text.replace(/\s+/g, ' ');
  return `"${flat.length > 40 ? `${flat.slice(0, 39)}…` : flat}"`;
}

/** `drain, list or logs` */
export function alternatives(words: readonly string[], joint = 'or'): string {
  return words.length < 2
    ? words.join('')
    : `${words.slice(0, -1).join(', ')} ${joint} ${words[words.length - 1] ?? ''}`;
}

/**
 * The known word that somebody most likely meant: one that begins with the text, or needs the fewest edits, at most 1 for
 * 3 characters, 2 for 5, and so on. Among equals the first in the alphabet.
 */
export function nearestWord(text: string, known: readonly string[]): string | undefined {
  const limit = Math.floor((text.length + 1) / 2) - (text.length > 5 ? 1 : 0);
  // No known word is that long, and the distance takes time in proportion to the length.
  if (text.length > 40) return undefined;
  return known
    .map((word) => ({ word, edits: text.length > 1 && word.startsWith(text) ? 0 : editDistance(text, word) }))
    .filter(({ word, edits }) => edits <= Math.min(limit, word.length - 1))
    .sort((a, b) => a.edits - b.edits || (a.word < b.word ? -1 : 1))[0]?.word;
}
