/** Text that can't be read as a command. */
export interface Misread<Line = string> {
  readonly kind: 'misread';
  /** One sentence: the mistake, and the expected input. */
  readonly message: string;
  /** Lines to type instead, the most likely first; each works as it is. */
  readonly instead: readonly Line[];
}

export function misread<Line = never>(message: string, ...instead: readonly Line[]): Misread<Line> {
  return { kind: 'misread', message, instead };
}
