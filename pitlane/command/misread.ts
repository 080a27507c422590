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
