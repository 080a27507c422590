import { type Token, tokenize } from './tokens.ts';

/** A line to type instead, in tokens: those that were typed, with some replaced. */
export type Line = readonly Token[];

/**
 * The command as it was typed, with the changes of the suggestion, so that no word or flag gets lost. `typed`: everything
 * after the command's name.
 */
export function retyped(
  command: string,
  { typed }: { readonly typed: Line },
  changes: ReadonlyMap<Token, Line>,
  added: Line = [],
): Line {
  return [...tokenize(command), ...typed.flatMap((token) => changes.get(token) ?? [token]), ...added];
}

/** Removes tokens from a suggestion. */
export function without(tokens: readonly Token[]): ReadonlyMap<Token, Line> {
  return new Map(tokens.map((token) => [token, []]));
}

/** The token with another text. */
export function reworded(token: Token, text: string): Token {
  return { ...token, text, raw: text };
}
