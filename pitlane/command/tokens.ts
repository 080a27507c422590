import { shellWord } from '../text/words.ts';

/** A piece of a command: a word, or what stood between quotes. */
export interface Token {
  /** Without quotes and escapes, with ordinary spaces. */
  readonly text: string;
  /** As it was typed, with quotes: a reason keeps the characters that were typed. */
  readonly raw: string;
  readonly isQuoted?: boolean;
  /** It begins with a quote that is not closed. */
  readonly isUnclosed?: boolean;
  /** It is an argument of a process, which a shell would read again. */
  readonly isArgument?: true;
}

/** Quotes as keyboards write them; phones put curly ones in place of straight ones. */
const QUOTES: Readonly<Record<string, string>> = {
  '"': '"“”„‟',
  "'": "'‘’‚‛",
};
const DOUBLE = QUOTES['"'] ?? '';

/**
 * Splits a command at white space, non-breaking spaces included. A quote opens only at the beginning of a token or after
 * the `=` of a flag, and closes only at a token's end, so that `because it's 5xx` needs no quotes. `\"` and `\\` stand
 * for themselves between double quotes.
 */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  for (;;) {
    while (at < text.length && isSpace(text[at])) at += 1;
    if (at >= text.length) return tokens;
    const token = quotedToken(text, at) ?? plainToken(text, at);
    tokens.push(token);
    at += token.raw.length;
  }
}

/** The arguments of a process. The shell has removed the quotes, so nothing is split again. */
export function tokensOfArguments(args: readonly string[]): Token[] {
  return args.map((text) => ({
    text,
    raw: text,
    // `--because="5xx again"` arrives without its quotes, and is still a flag.
    isQuoted: /\s/.test(text) && !/^--?[\w-]+=/.test(text),
    isArgument: true,
  }));
}

/** The line that gives these tokens when typed. */
export function typedAgain(tokens: readonly Token[]): string {
  return tokens.map(({ isArgument, text, raw }) => (isArgument ? shellWord(text) : raw)).join(' ');
}

function isSpace(character: string | undefined): boolean {
  return character !== undefined && /[\s\u200b]/.test(character);
}

function plainToken(text: string, from: number): Token {
  let end = from;
  while (end < text.length && !isSpace(text[end])) end += 1;
  const raw = text.slice(from, end);
  return { text: raw, raw, isUnclosed: quoteStart(raw, 0) !== undefined };
}

/** The position of the opening quote of the token at `from`: in front, or after `--flag=`. */
function quoteStart(text: string, from: number): number | undefined {
  const prefix = /^[-–—−][^\s=]*=/.exec(text.slice(from, from + 40))?.[0] ?? '';
  const at = from + prefix.length;
  return Object.values(QUOTES).some((family) => family.includes(text[at] ?? ' ')) ? at : undefined;
}

function quotedToken(text: string, from: number): Token | undefined {
  const open = quoteStart(text, from);
  if (open === undefined) return undefined;
  const family = Object.values(QUOTES).find((quotes) => quotes.includes(text[open] ?? ' ')) ?? '';
  let content = '';
  for (let at = open + 1; at < text.length; at += 1) {
    const character = text[at] ?? '';
    const following = text[at + 1];
    if (character === '\\' && family === DOUBLE && following !== undefined && `${DOUBLE}\\`.includes(following)) {
      content += following;
      at += 1;
    } else if (family.includes(character) && (following === undefined || isSpace(following))) {
      return {
        text: text.slice(from, open) + content.replace(/\s/g, ' '),
        raw: text.slice(from, at + 1),
        isQuoted: open === from,
      };
    } else content += character;
  }
  return undefined;
}

const WRAPPED = /<([@#!]|https?:|mailto:|tel:)([^<>|]*)(?:\|([^<>]*))?>/g;
const ENTITIES: Readonly<Record<string, string>> = { '&amp;': '&', '&lt;': '<', '&gt;': '>' };

/**
 * Decodes the text that Slack sends: `<@U1|ada>` is `@ada`, `<#C1|ops>` is `#ops`, a link is its label
 * or address, and `&lt;` is `<`. Wrappers are decoded first: a typed `<` arrives escaped.
 */
export function decodeSlack(text: string): string {
  const unwrapped = text.replace(WRAPPED, (_, kind: string, target: string, label: string | undefined) => {
    if (kind === '!') return `@${(label ?? target).replace(/^@/, '')}`;
    if (kind === '@' || kind === '#') return `${kind}${(label || target).replace(/^[@#]/, '')}`;
    return label || `${kind}${target}`;
  });
  return unwrapped.replace(/&(?:amp|lt|gt);/g, (entity) => ENTITIES[entity] ?? entity);
}
