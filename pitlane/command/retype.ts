import { type Token, tokenize } from './tokens.ts';

/** What to type instead, in tokens: those that were typed, and others in the place of some. */
export type Line = readonly Token[];

/** What was typed after the name of a command. */
interface Typed {
  readonly typed: readonly Token[];
}

/** The command as it was typed, but for what a suggestion changes: whoever sends that loses no word and no flag. */
export function retyped(
  command: string,
  { typed }: Typed,
  changes: ReadonlyMap<Token, Line>,
  added: Line = [],
): readonly Token[] {
  return [...tokenize(command), ...typed.flatMap((token) => changes.get(token) ?? [token]), ...added];
}

/** For tokens that have no place in a suggestion. */
export function without(tokens: readonly Token[]): ReadonlyMap<Token, Line> {
  return new Map(tokens.map((token) => [token, []]));
}

/** The token with another text, to be typed the way that the token was. */
export function reworded(token: Token, text: string): Token {
  return { ...token, text, raw: text };
}
