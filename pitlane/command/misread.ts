import type { Line } from './retype.ts';

/** Text that can't be read as a command. */
export interface Misread {
  readonly kind: 'misread';
  /** One sentence: the mistake, and the expected input. */
  readonly message: string;
  /** Lines to type instead, the most likely first; each works as it is. */
  readonly instead: readonly string[];
}

export function misread(message: string, ...instead: readonly string[]): Misread {
  return { kind: 'misread', message, instead };
}

/** Thrown while a command is read. The grammar turns it into a Misread. */
export class MisreadError extends Error {
  /** Candidates for `Misread.instead`; the grammar drops those that do not work. */
  readonly instead: readonly Line[];

  constructor(message: string, ...instead: readonly Line[]) {
    super(message);
    this.instead = instead;
  }
}
