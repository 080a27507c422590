/** Replaces a secret. */
export const REDACTED = '<redacted>';

/** The end of a secret's name: `DB_PASSWORD`, `clientSecret`, `x-api-key`, `aws_secret_access_key`. */
const SECRET_NAME =
  '(?:passwords?|passwd|passphrase|pwd|[_-]pass|secret|(?<!publickey)token|(?:api|access|account|private|signing|encryption|master)[_-]?key|secret[_-]?(?:key(?:[_-]?base)?|id)|credentials?)(?:[_-]?(?:value|hash|base64|b64|\\d{1,3}))?';

const ENDS_WITH_SECRET_NAME = new RegExp(`${SECRET_NAME}$`, 'i');

/** True if an annotation, flag or field with this name holds a secret. */
export function isSecretName(name: string): boolean {
  return ENDS_WITH_SECRET_NAME.test(name);
}

interface Rule {
  readonly pattern: RegExp;
  /** The replacement of a match. Absent: the match is redacted as a whole. */
  readonly replace?: (groups: Groups) => string;
}

type Groups = Readonly<Record<string, string | undefined>>;

const WORD_START = '(?<![A-Za-z0-9_-])';

/** Tokens with a known format. */
const TOKEN_RULES = [
  // JSON Web Tokens, signed or encrypted, start with the base64 of `{"`.
  `eyJ[A-Za-z0-9_-]{8,}\\.[A-Za-z0-9_-]{4,}(?:\\.[A-Za-z0-9_-]*){0,3}`,
  'xox[a-z](?:\\.xox[a-z])?-[A-Za-z0-9-]{6,}',
  'xapp-[A-Za-z0-9-]{10,}',
  'gh[a-z]_[A-Za-z0-9]{20,}',
  'github_pat_[A-Za-z0-9_]{20,}',
  'glpat-[A-Za-z0-9_-]{16,}',
  'npm_[A-Za-z0-9]{30,}',
  '[rs]k_(?:live|test)_[A-Za-z0-9]{10,}',
  'sk-[A-Za-z0-9_-]{20,}',
  'AIza[A-Za-z0-9_-]{30,}',
  'k8s-aws-v1\\.[A-Za-z0-9_-]{20,}',
  'hv[sbr]\\.[A-Za-z0-9_-]{20,}',
  'SG\\.[A-Za-z0-9_-]{16,}\\.[A-Za-z0-9_-]{16,}',
  'gl(?:sa|c)_[A-Za-z0-9_=]{20,}',
  'hf_[A-Za-z0-9]{20,}',
  'do[opr]_v1_[a-f0-9]{32,}',
  'pypi-[A-Za-z0-9_-]{20,}',
  'GOCSPX-[A-Za-z0-9_-]{16,}',
  'ya29\\.[A-Za-z0-9_-]{16,}',
].map((shape): Rule => ({ pattern: new RegExp(WORD_START + shape, 'g') }));

/** The separator of a name and a quoted value: `"name": `, `name=`, `\"name\":`, `Name => `, `Name:[`. */
const BEFORE_QUOTED = `(?:\\\\*["'])?[ \\t]{0,8}(?:=>|[=:]{1,3})[ \\t]{0,8}\\[?`;
/** The same for a bare value. Not a colon after a quote and a space: `volume "db-secret" : secret "db" not found`. */
const BEFORE_BARE = `(?:[ \\t]{0,8}|\\\\*["'])(?:=>|[=:]{1,3})[ \\t]{0,8}\\[?`;
/** Up to the closing quote, or to the end of the line if the log was cut. */
const QUOTED = `(?:\\\\+"[^"\\\\\\n]*|"(?:[^"\\\\\\n]|\\\\.)*|'[^'\\n]*)`;
const BARE = `(?:[^\\s&;"'<>=:\\\\{\\[,)}\\]][^\\s&;"'<>\\\\]*[^\\s&;"'<>\\\\,.)}\\]]|[^\\s&;"'<>=:\\\\{\\[,.)}\\]])`;

/** Values that are not secret. */
const NOT_SECRET = /^(?:true|false|null|none|nil|undefined|yes|no)$/i;

const keepPrefix: Rule['replace'] = ({ kept = '' }) => kept + REDACTED;

/** In order: rules that match more of a line come first. Each needs linear time. */
const RULES: readonly Rule[] = [
  // Up to its END, or as far as lines look like base64: the log may have been cut, or only mention such a block.
  {
    pattern:
      /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----(?:(?:(?!-----BEGIN)[\s\S]){0,16384}?-----END [A-Z0-9 ]{0,40}PRIVATE KEY-----|(?:(?:\s|\\n|\\r)+[A-Za-z0-9+/=]{20,})*)/g,
  },
  // Schemes with parameters up to the end of the line.
  {
    pattern: new RegExp(
      `(?<kept>authorization${BEFORE_QUOTED}(?:\\\\*["'])?(?:Digest|AWS4-HMAC-SHA256|OAuth|Hawk|Negotiate|NTLM|Signature)[ \\t]+)[^\\r\\n<>]+`,
      'gi',
    ),
    replace: keepPrefix,
  },
  {
    pattern: new RegExp(
      `(?<kept>authorization${BEFORE_QUOTED}(?:\\\\*["'])?(?:Bearer|Basic|Token|JWT|Api-?Key|Key|SharedKey)[ \\t]{1,8})[^\\s"'<>\\]\\\\]+`,
      'gi',
    ),
    replace: keepPrefix,
  },
  {
    // Without a scheme, not a word of a sentence: `authorization: denied by the webhook`.
    pattern: new RegExp(
      `(?<kept>authorization${BEFORE_QUOTED}(?:\\\\*["'])?)(?!AWS4-HMAC-SHA256[ \\t])(?=[^\\s"'<>]{0,64}[0-9=])[^\\s"'<>\\]\\\\]{6,}`,
      'gi',
    ),
    replace: keepPrefix,
  },
  {
    pattern: /(?<kept>\b(?:Bearer|Basic)[ \t]{1,8})(?=[A-Za-z0-9._~+/-]{0,200}[0-9=])[A-Za-z0-9._~+/=-]{12,}/gi,
    replace: keepPrefix,
  },
  {
    pattern: /(?<kept>\bcookie(?:\\*["'])?[ \t]{0,8}:[ \t]{0,8}\[?(?:\\*["'])?)[^\s"'<>\\][^\r\n"'<>\\]*/gi,
    replace: keepPrefix,
  },
  { pattern: /(?<kept>\bcookie(?:\\*["'])?[ \t]{0,8}=[ \t]{0,8}(?:\\*["'])?)[^\s"'<>\\]+/gi, replace: keepPrefix },
  { pattern: /(?<kept>:\/\/[^\s/:@"'<>`]*:)[^\s/"'<>`]+(?=@)/g, replace: keepPrefix },
  // Data source names: `user:password@tcp(db:3306)/shop`.
  { pattern: /(?<kept>(?<![\w.:/-])[\w.-]{1,64}:)[^\s@"'<>`]{1,200}(?=@(?:tcp|udp|unix)\()/g, replace: keepPrefix },
  // A token as the user name.
  { pattern: /(?<kept>:\/\/)[A-Za-z0-9_-]{20,200}(?=@)/g, replace: keepPrefix },
  {
    // `{"name":"DB_PASSWORD","value":"…"}`, an environment variable in a printed object.
    pattern: new RegExp(
      `(?<kept>["']name\\\\*["'][ \\t]{0,8}:[ \\t]{0,8}\\\\*["'][A-Za-z0-9_.-]{0,100}?${SECRET_NAME}\\\\*["'][ \\t]{0,8},[ \\t]{0,8}\\\\*["']value\\\\*["'][ \\t]{0,8}:[ \\t]{0,8}\\\\*["'])[^"'\\\\]{1,4096}`,
      'gi',
    ),
    replace: keepPrefix,
  },
  { pattern: /(?<kept>https:\/\/hooks\.slack\.com\/[a-z]{1,20}\/)[A-Za-z0-9/_-]+/g, replace: keepPrefix },
  ...TOKEN_RULES,
  { pattern: /(?<![A-Z0-9])(?:AKIA|ASIA|AROA|AIDA|ABIA|ACCA)[A-Z0-9]{16}(?![A-Z0-9])/g },
  { pattern: /(?<kept>[?&](?:X-Amz-Signature|signature|sig)=)[^\s&"'<>]+/gi, replace: keepPrefix },
  {
    // A command-line flag with its value after a space.
    pattern: new RegExp(
      `(?<kept>(?<![\\w-])--?[A-Za-z0-9_-]{0,40}?${SECRET_NAME}[ \\t]{1,8})(?![-"'])[^\\s"'<>\\\\]+`,
      'gi',
    ),
    replace: keepPrefix,
  },
  {
    pattern: new RegExp(
      `(?<name>${SECRET_NAME})(?:(?<opens>${BEFORE_QUOTED})(?<quoted>${QUOTED})|(?<opensBare>${BEFORE_BARE})(?<bare>${BARE}))`,
      'gi',
    ),
    replace: redactNamedValue,
  },
];

function redactNamedValue({ name = '', opens, quoted, opensBare = '', bare = '' }: Groups): string {
  if (quoted !== undefined) {
    const quote = /^\\*["']/.exec(quoted)?.[0] ?? '';
    const value = quoted.slice(quote.length);
    return name + opens + quote + (value === '' || NOT_SECRET.test(value) || value === REDACTED ? value : REDACTED);
  }
  const isNotSecret = NOT_SECRET.test(bare) || (/^pwd$/i.test(name) && bare.startsWith('/'));
  return name + opensBare + (isNotSecret ? bare : REDACTED);
}

/**
 * Redacts keys and tokens with a known format, and the values of names such as password and token. Keeps ids, digests and
 * names of objects. It can't recognise every secret; docs/evidence.md lists what it recognises.
 */
export function redact(text: string): string {
  let rest = redactKeyEnd(text);
  for (const { pattern, replace } of RULES) {
    rest = rest.replace(pattern, (...found: unknown[]) =>
      replace === undefined ? REDACTED : replace(found.at(-1) as Groups),
    );
  }
  return rest;
}

const KEY_END = /-----END [A-Z0-9 ]{0,40}PRIVATE KEY-----/;

/** Redacts the rest of a private key whose start was cut off: the base64 lines above its END. */
function redactKeyEnd(text: string): string {
  const end = KEY_END.exec(text);
  if (end === null || text.lastIndexOf('-----BEGIN ', end.index) >= 0) return text;
  const above = text.slice(0, end.index).split('\n');
  let first = above.length - 1;
  while (first > 0 && /^[^\n]{0,200}?[A-Za-z0-9+/=]{8,80}\s*$/.test(above[first - 1] ?? '')) first -= 1;
  if (first === above.length - 1) return text;
  const kept = above.slice(0, first).map((line) => `${line}\n`);
  return kept.join('') + REDACTED + text.slice(end.index + end[0].length);
}
