import { oneLine } from '../text/printable.ts';
import {
  type FlagSyntax,
  isKnownFlag,
  looksLikeFlag,
  matchFlag,
  nearestFlag,
  takesNext,
  unknownFlag,
} from './flags.ts';
import { MisreadError } from './misread.ts';
import type { Token } from './tokens.ts';

export const LONGEST_REASON = 500;

/**
 * Takes `because …` out of the tokens. A reason extends to the end, except for flags at the very end; one in quotes may
 * also be followed by `for 30m`. An unknown flag stays text, unless it is near a known
 * one: with `--dry-rum` as text, a dry run would be executed.
 *
 * @returns the reason, and in `rest` the tokens before and after it
 */
export function splitReason(
  tokens: readonly Token[],
  syntaxes: readonly FlagSyntax[],
): { readonly reason?: string; readonly rest: readonly Token[] } {
  const at = tokens.findIndex((token, index) => isWord(token, 'because') && !takesNext(tokens[index - 1], syntaxes));
  if (at < 0) return { rest: tokens };
  const before = tokens.slice(0, at);
  const after = tokens.slice(at + 1);
  const [first, second, third] = after;
  const endsAtQuote =
    second === undefined || looksLikeFlag(second) || (isWord(second, 'for') && /^\d/.test(third?.text ?? ''));
  if (first?.isQuoted && endsAtQuote) return { reason: oneLine(first.text), rest: [...before, ...after.slice(1)] };

  const end = endOfText(after, syntaxes);
  const text = after.slice(0, end);
  refuseFlagsIn(text, syntaxes);
  return { reason: oneLine(text.map(({ raw }) => raw).join(' ')), rest: [...before, ...after.slice(end)] };
}

export function isWord(token: Token | undefined, word: string): boolean {
  return token !== undefined && !token.isQuoted && token.text.toLowerCase() === word;
}

/** The position where the flags at the very end begin. */
function endOfText(tokens: readonly Token[], syntaxes: readonly FlagSyntax[]): number {
  let end = tokens.length;
  for (;;) {
    const [beforeLast, last] = [tokens[end - 2], tokens[end - 1]];
    const flag = last && matchFlag(last, syntaxes);
    if (flag && !flag.isAttached && !takesNext(last, syntaxes)) end -= 1;
    else if (last !== undefined && flag === undefined && takesNext(beforeLast, syntaxes)) end -= 2;
    else return end;
  }
}

function refuseFlagsIn(text: readonly Token[], syntaxes: readonly FlagSyntax[]): void {
  if (text.length === 0) throw new MisreadError('because needs a reason, such as because 5xx on checkout.');
  const neverText = syntaxes.filter(({ isNeverText }) => isNeverText);
  const hidden = text.find((token) => isKnownFlag(token, neverText));
  if (hidden) throw new MisreadError(`${hidden.text} is inside the reason. Put it before because or at the end.`);
  const slip = text
    .slice(-2)
    .find((token) => looksLikeFlag(token) && !isKnownFlag(token, syntaxes) && nearestFlag(token, syntaxes));
  if (slip) throw new MisreadError(unknownFlag(slip, syntaxes).message);
}
