/**
 * What no code says yet about an operation that ended without being done: whether anything is changed, whether that is
 * unknown, and whether the tick tries again. Everything else is read from states and from the journal.
 */
export type LeftBehind = 'nothing' | 'something' | 'unknown' | 'tried again';

export function leftBehind(text: string): LeftBehind {
  if (/tries again by itself/.test(text)) return 'tried again';
  if (/nothing was changed/i.test(text)) return 'nothing';
  return /\b(not known|unknown)\b/.test(text) ? 'unknown' : 'something';
}
