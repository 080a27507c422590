import { secrecyOf } from './secret-names.ts';

/** Opens a string: a quote, escaped as often as the text was put into another string, or escaped for HTML or a URL. */
export const QUOTE = '(?:\\\\{0,32}["\'`]|&(?:quot|#34|#39|apos);|%2[27])';

/** Replaces a secret. */
export const REDACTED = '<redacted>';

/** Not secret: constants, references such as `${DB_PASSWORD}`, masks and format verbs. */
const NOT_SECRET =
  /^(?:true|false|null|none|nil|undefined|yes|no|string|str|bytes|bool|boolean|object|async|await|[^A-Za-z0-9]|empty|unset|invalid|\s*|\$\{?[A-Za-z_]\w*\}?|\$\([A-Za-z_]\w*\)?|\{\{[^{}]*\}\}|%[A-Z_]+%|%[svdq+]{1,2}|\$\d{1,2}|\?|[|>][-+]?|\[?[*•.…]{2,}\]?|[xX]{3,}|[<[(]\s*(?:redacted|filtered|hidden|masked|removed|sensitive|secret|protected|nil|none|empty|set|unset)[^<>[\]()]{0,20}[>\])]|\[?(?:REDACTED|FILTERED|MASKED|HIDDEN|PROTECTED)\]?)$/i;

const PATH =
  /^\/(?:etc|var|run|home|usr|opt|tmp|mnt|secrets?|app|root|data|configs?|srv|proc|dev|vault|certs?)(?:\/[\w.@-]+)*\/?$/;

/** What follows a colon in a sentence, rather than a secret: `failed to fetch token: connection refused`. */
const PROSE = new Set(
  (
    'a access already an and application are at authentication authorization bad but by can cannot canceled cancelled check connection ' +
    'configmap configmaps configuration context could couldn deadline decode denied deny dial did do does either empty eof error ' +
    'exceeded exit expected expired expires failed failure file for forbidden from get got has have http https i/o illegal in incorrect ' +
    'insufficient internal invalid io is it its jwt lookup malformed match may mismatch missing must namespace neither net no not ' +
    'object of on only open or parse permission please pods post put read received refused rejected request required resource response ' +
    'rotated revoked rpc secret secrets set server service serviceaccount serviceaccounts should signature status stat stream that the this ' +
    'timed timeout tls to token too unable unauthenticated unauthorized unexpected unknown unsupported updated use user uses using ' +
    'valid value verification was when while will with without would wrong x509 you your found ok created deleted renewed refreshed loaded'
  ).split(' '),
);
const PROSE_BEFORE =
  /\b(?:fetch|get|read|pars|validat|verify|verif|refresh|retriev|load|mount|creat|decod|decrypt|find|request|generat|renew|obtain|check|invalid|bad|wrong|missing|expired|unknown|unexpected|incorrect|illegal|no|account)(?:e|ed|es|ing|s|ting|ying)?\s+(?:\w+\s+){0,2}$/i;

const SEPARATOR = `(?:${QUOTE})?[\\])]?[ \\t]{0,8}(?:=>|:=|={1,3}|:{1,3}|%3[AaDd])[ \\t]{0,8}`;

/** Contains a word of a secret's name, and a separator. */
const NAMED = new RegExp(
  `(?<word>pass|pw|kennwort|secret|token|key|cred|auth|sess|sql|jwt|bearer|otp|docker)(?<tail>[\\w.$-]{0,80}(?:[ ](?:key|token|password|[0-9]{1,2}))?)(?<separator>${SEPARATOR})`,
  'gi',
);
const NAMED_BY_PROVIDER = new RegExp(
  `(?<![\\w.$-])(?<word>[A-Za-z][\\w.$-]{2,80})(?<tail>)(?<separator>${SEPARATOR})(?=["'\`]?[A-Za-z0-9_=-]{16})`,
  'g',
);

/** A tag, a constructor such as `Some(`, a list, the `b` of bytes; then a string. */
const QUOTED = new RegExp(
  `(?:!{1,2}\\w{1,10}[ \\t]+)?(?:(?:&?[A-Za-z_][\\w.:]{0,30})?[([][ \\t]*)?[bruf]{0,2}(?<quote>${QUOTE})`,
  'y',
);
const NEXT_IN_LIST = new RegExp(`[ \\t]*,[ \\t]*(?<quote>${QUOTE})`, 'y');
const BARE =
  /(?:[A-Za-z_]\w{0,30}\(|\[)?(?<value>\{[^\s{}=:"',]{3,200}\}(?!\})|[^\s&;"'`<>=:\\{[(,)}\]%][^\s&;"'`<>\\%]*[^\s&;"'`<>\\,.)}\]%]|[^\s&;"'`<>=:\\{[(,.)}\]%]|%(?!2[27]|7[BDbd]|5[BDbd])[^\s&;"'`<>\\]+)/y;

/** A part of a text. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Replaces parts of the text, which are in order and may overlap. */
export function replaceSpans(text: string, spans: readonly Span[]): string {
  let kept = '';
  let at = 0;
  for (const { start, end } of spans) {
    if (start < at || end <= start) continue;
    kept += text.slice(at, start) + REDACTED;
    at = end;
  }
  return at === 0 ? text : kept + text.slice(at);
}

/** Redacts `name=value`, `name: value`, `"name": "value"` and the like. */
export function redactNamedValues(text: string): string {
  return [NAMED, NAMED_BY_PROVIDER].reduce((rest, pattern) => {
    let end = 0;
    const spans = [...rest.matchAll(pattern)].flatMap((match) => {
      const found = match.index < end ? [] : secretsAfter(rest, match);
      end = found.at(-1)?.end ?? end;
      return found;
    });
    return replaceSpans(rest, spans);
  }, text);
}

function secretsAfter(text: string, match: RegExpExecArray): readonly Span[] {
  const { word = '', tail = '', separator = '' } = match.groups ?? {};
  const nameStart = startOfName(text, match.index);
  const name = nameWithSpaces(text, nameStart) + text.slice(nameStart, match.index) + word + tail;
  const secrecy = secrecyOf(name);
  if (secrecy === 'none') return [];
  const at = match.index + match[0].length;
  const isQuotedName = new RegExp(`^${QUOTE}`).test(separator);
  const secretsIn = (part: string) =>
    (quotedAt(part, at) ?? bareAt(part, at, isQuotedName && /[ \t]:/.test(separator))).filter(({ start, end }, index) =>
      isSecret({ text: part, start, end, index }),
    );
  // What is no secret may be read again for the next name: its length must not matter.
  return secretsIn(text.slice(0, at + LONGEST_LOOK)).length === 0 ? [] : secretsIn(text);

  function isSecret({ text, start, end, index }: Span & { readonly text: string; readonly index: number }): boolean {
    const value = text.slice(start, end);
    // It was redacted before: `Some(<redacted>)`.
    if (/^[A-Za-z_]\w{0,30}\($/.test(value) && text.startsWith(REDACTED, end)) return false;
    // A key in a Secret: `references non-existent secret key: tls.crt`.
    if (/secret key$/i.test(name) && /^[a-z._-]+$/.test(value)) return false;
    if (isNotSecret(value) || (/pwd$/i.test(name) && value.startsWith('/'))) return false;
    if (secrecy === 'secret') return index > 0 || !isProse(text, nameStart, name, separator, value, end);
    if (secrecy === 'mentions')
      return (
        isHiddenIn(value) &&
        (separator.includes('=') ||
          (separator === ':' && name.toLowerCase() === 'pass') ||
          isQuotedName ||
          /^[A-Z0-9]+_[A-Z0-9_]+$/.test(name))
      );
    return secrecy === 'login' ? isLogin(value) : isRandom(value);
  }
}

const LONGEST_NAME = 80;
const LONGEST_LOOK = 512;

function startOfName(text: string, at: number): number {
  let start = at;
  while (start > 0 && at - start < LONGEST_NAME && /[\w.$/-]/.test(text[start - 1] ?? '')) start -= 1;
  // The `n` of an escaped line break is not part of the name.
  return start < at && text[start - 1] === '\\' && /[nrt]/.test(text[start] ?? '') ? start + 1 : start;
}

/** `Secret Access Key: …`, `api key = …` */
function nameWithSpaces(text: string, nameStart: number): string {
  return (
    /(?:api|access|unseal|recovery|private|encryption|signing|root|auth|client|account)[ ]$/i.exec(
      text.slice(Math.max(0, nameStart - 12), nameStart),
    )?.[0] ?? ''
  );
}

function quotedAt(text: string, at: number): readonly Span[] | undefined {
  QUOTED.lastIndex = at;
  const opening = QUOTED.exec(text);
  if (opening === null) return undefined;
  const { quote = '' } = opening.groups ?? {};
  const spans: Span[] = [];
  for (let next: RegExpExecArray | null = opening; next !== null; next = NEXT_IN_LIST.exec(text)) {
    const start = next.index + next[0].length;
    const end = endOfQuoted(text, start, next.groups?.quote ?? quote);
    spans.push({ start, end });
    NEXT_IN_LIST.lastIndex = end + quote.length;
    if (!opening[0].includes('[')) break;
  }
  return spans;
}

function bareAt(text: string, at: number, isAfterQuote: boolean): readonly Span[] {
  BARE.lastIndex = at;
  const { value } = BARE.exec(text)?.groups ?? {};
  // `volume "db-secret" : secret "db" not found`
  if (value === undefined || isAfterQuote) return [];
  const start = BARE.lastIndex - value.length;
  return [{ start, end: wholeLineAfter(text, at, start) ?? BARE.lastIndex }];
}

const LINE_BEFORE = /(?:^|\n)[\s-]*(?:export |set |declare -x |ENV |ARG )?["']?[\w.$/-]*["']?[ \t]*[=:][ \t]*$/;

/** The end of a value that is the rest of its line, as in YAML, .env files and the output of `env`. */
function wholeLineAfter(text: string, at: number, start: number): number | undefined {
  const from = Math.max(0, at - LONGEST_NAME);
  const before = text.slice(from, at);
  if (!LINE_BEFORE.test(from === 0 || before.includes('\n') ? before : `.${before}`)) return undefined;
  const lineEnd = text.indexOf('\n', start);
  const rest = text.slice(start, Math.min(lineEnd < 0 ? text.length : lineEnd, start + 4096));
  if (/[\s,;&?]["']?[\w.-]+["']?\s?[=:]|[<"'`\\]/.test(rest)) return undefined;
  return start + rest.replace(/,?\s*$|\s+#.*$/, '').length;
}

export function isNotSecret(value: string): boolean {
  return value.length <= 64 ? NOT_SECRET.test(value) || PATH.test(value) || value === REDACTED : false;
}

/** True in a sentence: the name is one of its words, and the value the next one. */
function isProse(
  text: string,
  nameStart: number,
  name: string,
  separator: string,
  value: string,
  end: number,
): boolean {
  if (!/^[ \t]*:[ \t]+$/.test(separator) || !/^[A-Za-z][a-z]*$/.test(name)) return false;
  const [first = ''] = value.split(/[\s,.;]/, 1);
  if (!/^[A-Za-z][a-z/']*$/.test(first)) return false;
  if (PROSE.has(first.toLowerCase().replace(/'.*$/, ''))) return true;
  const continues = /^ ["'a-z]/.test(text.slice(end, end + 2)) || value.includes(' ');
  return continues && PROSE_BEFORE.test(text.slice(Math.max(0, nameStart - 60), nameStart));
}

/** Not a number, a time, a path or a plain word with dots. */
function isHiddenIn(value: string): boolean {
  return !/^(?:[\d.,:_-]+[a-z]{0,2}|\/.*|https?:\/\/.*|[a-z]+)$/i.test(value);
}

/** A password that stands alone, or `name:password` in base64. */
function isLogin(value: string): boolean {
  return isRandom(value) || /^[\x20-\x7e]+:[\x20-\x7e]*$/.test(fromBase64(value) ?? '');
}

function isRandom(value: string): boolean {
  const isToken = /^[A-Za-z0-9_=+/~-]{16,}$/.test(value);
  return isToken && /\d/.test(value) && /[A-Za-z]/.test(value) && !/^\/|^[a-z]+(?:-[a-z0-9]{2,})+$/.test(value);
}

/** Undefined: it is not base64. */
function fromBase64(value: string): string | undefined {
  if (!/^[A-Za-z0-9+/]{6,}={0,2}$/.test(value) || value.replace(/=+$/, '').length % 4 === 1) return undefined;
  return Buffer.from(value, 'base64').toString('latin1');
}

/**
 * The index of the quote that closes the string which starts at `from`, after `quote`. At the end of the line if the log
 * was cut. A quote with more backslashes than the opening one belongs to the string.
 */
export function endOfQuoted(text: string, from: number, quote: string): number {
  const mark = quote.replace(/^\\+/, '');
  const depth = quote.length - mark.length;
  const next = new RegExp(`\\n|${mark}`, 'g');
  next.lastIndex = from;
  for (let found = next.exec(text); found !== null; found = next.exec(text)) {
    if (found[0] === '\n') return found.index;
    // A quote in a string of SQL or YAML is doubled.
    if (mark === "'" && depth === 0 && found.index > from && text[found.index + 1] === mark) {
      next.lastIndex = found.index + 2;
      continue;
    }
    const escapes = backslashesBefore(text, found.index, from);
    // With fewer backslashes it closes the string around this one; two of them are a backslash: `"C:\\\\"`.
    if (escapes <= depth || (depth === 0 && escapes % 2 === 0)) return found.index - Math.min(escapes, depth);
  }
  return text.length;
}

function backslashesBefore(text: string, at: number, from: number): number {
  let start = at;
  while (start > from && text[start - 1] === '\\') start -= 1;
  return at - start;
}
