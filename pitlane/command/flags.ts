import { nearestWord } from '../text/nearest.ts';
import { alternatives, quote, shortened } from '../text/words.ts';
import { type Misread, misread } from './misread.ts';
import type { Token } from './tokens.ts';

export interface FlagSyntax {
  /** Without dashes. */
  readonly name: string;
  /** One character. */
  readonly short?: string;
  /** An example of the value that it takes; absent: it takes none. */
  readonly value?: string;
  /** Values that it accepts though it takes none (`--dry-run=server`). */
  readonly meansTrue?: readonly string[];
  /** It may be given several times, with different values. */
  readonly isRepeatable?: true;
  /** It is refused inside a reason: read as words, a dry run would be executed. */
  readonly isNeverText?: boolean;
}

export interface Arguments {
  readonly kind: 'arguments';
  readonly words: readonly Token[];
  /** The last value by name; `true` or `false` for flags without a value. */
  readonly flags: ReadonlyMap<string, string>;
  /** All values by name. */
  readonly allValues: ReadonlyMap<string, readonly string[]>;
  /** By the name of a flag: its token, and the one with its value. */
  readonly givenBy: ReadonlyMap<string, readonly Token[]>;
}

interface Flag {
  readonly syntax: FlagSyntax;
  readonly value?: string;
  /** `-lapp=rng`: the value follows the letter. */
  readonly isAttached?: boolean;
}

// Phones turn `--` into a dash, and a hyphen into a shorter one.
const DASHES = /^[-–—−]+/;

/** Sorts the tokens after a command into words and flags. */
export function readFlags(tokens: readonly Token[], syntaxes: readonly FlagSyntax[]): Arguments | Misread {
  const words: Token[] = [];
  const allValues = new Map<string, readonly string[]>();
  const givenBy = new Map<string, readonly Token[]>();
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at] as Token;
    if (token.isUnclosed) return unclosed(token);
    const flag = matchFlag(token, syntaxes);
    if (flag === undefined) {
      if (looksLikeFlag(token)) return unknownFlag(token, syntaxes);
      words.push(token);
      continue;
    }
    const next = takesNext(token, syntaxes) ? tokens[at + 1] : undefined;
    if (next?.isUnclosed) return unclosed(next);
    // Another flag is not a value: `--tail --follow` lacks one.
    const value = flag.value ?? (next && !isKnownFlag(next, syntaxes) ? next.text : undefined);
    const { name, isRepeatable } = flag.syntax;
    const read = flag.syntax.value === undefined ? truth(flag.syntax, value ?? 'true') : present(flag.syntax, value);
    if (typeof read !== 'string') return read;
    const earlier = allValues.get(name) ?? [];
    if (earlier.some((other) => other !== read) && !isRepeatable)
      return misread(`--${name} is given twice: ${quote(earlier[0] ?? '')} and ${quote(read)}.`);
    allValues.set(name, [...earlier, read]);
    givenBy.set(name, [...(givenBy.get(name) ?? []), token, ...(next ? [next] : [])]);
    if (next) at += 1;
  }
  const flags = new Map([...allValues].map(([name, values]) => [name, values.at(-1) ?? '']));
  return { kind: 'arguments', words, flags, allValues, givenBy };
}

function unclosed(token: Token): Misread {
  return misread(`The quote in ${shortened(token.raw)} is not closed.`);
}

function present({ name, value }: FlagSyntax, given: string | undefined): string | Misread {
  return given || misread(`--${name} needs a value, such as --${name} ${value ?? ''}.`);
}

export function looksLikeFlag(token: Token): boolean {
  return !token.isQuoted && token.text.replace(DASHES, '') !== token.text && token.text.replace(DASHES, '') !== '';
}

export function isKnownFlag(token: Token, syntaxes: readonly FlagSyntax[]): boolean {
  return matchFlag(token, syntaxes) !== undefined;
}

/** The tokens that are these flags or their values. */
export function flagTokens(tokens: readonly Token[], syntaxes: readonly FlagSyntax[]): readonly Token[] {
  return tokens.filter((token, index) => isKnownFlag(token, syntaxes) || takesNext(tokens[index - 1], syntaxes));
}

/** A flag whose value is the token after it. */
export function takesNext(token: Token | undefined, syntaxes: readonly FlagSyntax[]): boolean {
  const flag = token && matchFlag(token, syntaxes);
  return flag !== undefined && flag.value === undefined && flag.syntax.value !== undefined;
}

/** `--dry-run`, `--dryrun`, `—dry-run`, `--for=30m`, `-l`, `-l=a`, `-la`. */
export function matchFlag(token: Token, syntaxes: readonly FlagSyntax[]): Flag | undefined {
  if (!looksLikeFlag(token)) return undefined;
  const body = token.text.replace(DASHES, '');
  const equals = body.indexOf('=');
  const name = equals < 0 ? body : body.slice(0, equals);
  const value = equals < 0 ? undefined : body.slice(equals + 1);
  const syntax = syntaxes.find((each) => each.short === name || plain(each.name) === plain(name));
  if (syntax) return { syntax, value };
  const isShort = DASHES.exec(token.text)?.[0].length === 1 && !token.text.startsWith('—');
  const attached = isShort ? syntaxes.find((each) => each.short === body[0] && each.value !== undefined) : undefined;
  return attached && { syntax: attached, value: body.slice(1), isAttached: true };
}

function plain(name: string): string {
  return name.length === 1 ? name : name.toLowerCase().replace(/[-_–]/g, '');
}

function truth(syntax: FlagSyntax, value: string): string | Misread {
  const lower = value.toLowerCase();
  if (lower === 'true' || syntax.meansTrue?.includes(lower)) return 'true';
  if (lower === 'false') return 'false';
  return misread(`${quote(value)} is not a value of --${syntax.name}. Use --${syntax.name} alone.`);
}

export function unknownFlag(token: Token, syntaxes: readonly FlagSyntax[]): Misread {
  const nearest = nearestFlag(token, syntaxes);
  const known = syntaxes.map(({ name }) => `--${name}`);
  const instead = nearest === undefined ? `Flags: ${alternatives(known, 'and')}.` : `Did you mean --${nearest}?`;
  return misread(`Unknown flag ${quote(token.text)}. ${instead}`);
}

export function nearestFlag(token: Token, syntaxes: readonly FlagSyntax[]): string | undefined {
  const name = token.text.replace(DASHES, '').replace(/=.*$/, '').toLowerCase();
  const known = syntaxes.map((syntax) => syntax.name);
  return nearestWord(name, known);
}
