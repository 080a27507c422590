/** What stands in the place of a secret. */
export const REDACTED = '<redacted>';

/** The end of a name whose value is a secret: `DB_PASSWORD`, `clientSecret`, `x-api-key`, `aws_secret_access_key`. */
const SECRET_NAME =
  '(?:passwords?|passwd|passphrase|pwd|[_-]pass|secret|(?<!publickey)token|(?:api|access|account|private|signing|encryption|master)[_-]?key|secret[_-]?(?:key(?:[_-]?base)?|id)|credentials?)(?:[_-]?(?:value|hash|base64|b64|\\d{1,3}))?';

const ENDS_SECRETLY = new RegExp(`${SECRET_NAME}$`, 'i');

/** Whether what goes by this name is a secret: of an annotation, a flag, a field. */
export function isSecretName(name: string): boolean {
  return ENDS_SECRETLY.test(name);
}

interface Rule {
  readonly pattern: RegExp;
  /** What is left of a match; absent: nothing. A group `keep` stays in front. */
  readonly left?: (match: Groups) => string;
}

type Groups = Readonly<Record<string, string | undefined>>;

const BEFORE_WORD = '(?<![A-Za-z0-9_-])';

/** Tokens that are known by their shape. */
const SHAPES = [
  // JSON Web Tokens, signed or encrypted: base64 of `{"` comes first.
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
].map((shape): Rule => ({ pattern: new RegExp(BEFORE_WORD + shape, 'g') }));

/** `"name": `, `name=`, `\"name\":`, `Name => `, `Name:[` in front of a value in quotes or without. */
const OPENS_QUOTED = `(?:\\\\*["'])?[ \\t]{0,8}(?:=>|[=:]{1,3})[ \\t]{0,8}\\[?`;
/** After a quote and a blank a colon is one of a sentence: `volume "db-secret" : secret "db" not found`. */
const OPENS_BARE = `(?:[ \\t]{0,8}|\\\\*["'])(?:=>|[=:]{1,3})[ \\t]{0,8}\\[?`;
/** To the quote that ends it, or to the line's end where the log was cut. */
const QUOTED = `(?:\\\\+"[^"\\\\\\n]*|"(?:[^"\\\\\\n]|\\\\.)*|'[^'\\n]*)`;
const BARE = `(?:[^\\s&;"'<>=:\\\\{\\[,)}\\]][^\\s&;"'<>\\\\]*[^\\s&;"'<>\\\\,.)}\\]]|[^\\s&;"'<>=:\\\\{\\[,.)}\\]])`;

/** What people and programs write where there is no secret. */
const NOTHING = /^(?:true|false|null|none|nil|undefined|yes|no)$/i;

const keep: Rule['left'] = ({ kept = '' }) => kept + REDACTED;

/** In this order: what takes more of a line comes before what takes less. Each needs time in proportion to the text. */
const RULES: readonly Rule[] = [
  // Until its END, or as far as lines look like it: the log may have been cut, or only speak of such a block.
  {
    pattern:
      /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----(?:(?:(?!-----BEGIN)[\s\S]){0,16384}?-----END [A-Z0-9 ]{0,40}PRIVATE KEY-----|(?:(?:\s|\\n|\\r)+[A-Za-z0-9+/=]{20,})*)/g,
  },
  // Schemes whose parameters fill the rest of the line.
  {
    pattern: new RegExp(
      `(?<kept>authorization${OPENS_QUOTED}(?:\\\\*["'])?(?:Digest|AWS4-HMAC-SHA256|OAuth|Hawk|Negotiate|NTLM|Signature)[ \\t]+)[^\\r\\n<>]+`,
      'gi',
    ),
    left: keep,
  },
  {
    pattern: new RegExp(
      `(?<kept>authorization${OPENS_QUOTED}(?:\\\\*["'])?(?:Bearer|Basic|Token|JWT|Api-?Key|Key|SharedKey)[ \\t]{1,8})[^\\s"'<>\\]\\\\]+`,
      'gi',
    ),
    left: keep,
  },
  {
    // Without a scheme only what is no word of a sentence: `authorization: denied by the webhook`.
    pattern: new RegExp(
      `(?<kept>authorization${OPENS_QUOTED}(?:\\\\*["'])?)(?!AWS4-HMAC-SHA256[ \\t])(?=[^\\s"'<>]{0,64}[0-9=])[^\\s"'<>\\]\\\\]{6,}`,
      'gi',
    ),
    left: keep,
  },
  {
    pattern: /(?<kept>\b(?:Bearer|Basic)[ \t]{1,8})(?=[A-Za-z0-9._~+/-]{0,200}[0-9=])[A-Za-z0-9._~+/=-]{12,}/gi,
    left: keep,
  },
  {
    pattern: /(?<kept>\bcookie(?:\\*["'])?[ \t]{0,8}:[ \t]{0,8}\[?(?:\\*["'])?)[^\s"'<>\\][^\r\n"'<>\\]*/gi,
    left: keep,
  },
  { pattern: /(?<kept>\bcookie(?:\\*["'])?[ \t]{0,8}=[ \t]{0,8}(?:\\*["'])?)[^\s"'<>\\]+/gi, left: keep },
  { pattern: /(?<kept>:\/\/[^\s/:@"'<>`]*:)[^\s/"'<>`]+(?=@)/g, left: keep },
  // Data source names: `user:password@tcp(db:3306)/shop`.
  { pattern: /(?<kept>(?<![\w.:/-])[\w.-]{1,64}:)[^\s@"'<>`]{1,200}(?=@(?:tcp|udp|unix)\()/g, left: keep },
  // A token in the place of the user.
  { pattern: /(?<kept>:\/\/)[A-Za-z0-9_-]{20,200}(?=@)/g, left: keep },
  {
    // `{"name":"DB_PASSWORD","value":"…"}`, as a description prints its environment.
    pattern: new RegExp(
      `(?<kept>["']name\\\\*["'][ \\t]{0,8}:[ \\t]{0,8}\\\\*["'][A-Za-z0-9_.-]{0,100}?${SECRET_NAME}\\\\*["'][ \\t]{0,8},[ \\t]{0,8}\\\\*["']value\\\\*["'][ \\t]{0,8}:[ \\t]{0,8}\\\\*["'])[^"'\\\\]{1,4096}`,
      'gi',
    ),
    left: keep,
  },
  { pattern: /(?<kept>https:\/\/hooks\.slack\.com\/[a-z]{1,20}\/)[A-Za-z0-9/_-]+/g, left: keep },
  ...SHAPES,
  { pattern: /(?<![A-Z0-9])(?:AKIA|ASIA|AROA|AIDA|ABIA|ACCA)[A-Z0-9]{16}(?![A-Z0-9])/g },
  { pattern: /(?<kept>[?&](?:X-Amz-Signature|signature|sig)=)[^\s&"'<>]+/gi, left: keep },
  {
    // A flag of a command line, with its value behind a blank.
    pattern: new RegExp(
      `(?<kept>(?<![\\w-])--?[A-Za-z0-9_-]{0,40}?${SECRET_NAME}[ \\t]{1,8})(?![-"'])[^\\s"'<>\\\\]+`,
      'gi',
    ),
    left: keep,
  },
  {
    pattern: new RegExp(
      `(?<name>${SECRET_NAME})(?:(?<opens>${OPENS_QUOTED})(?<quoted>${QUOTED})|(?<opensBare>${OPENS_BARE})(?<bare>${BARE}))`,
      'gi',
    ),
    left: named,
  },
];

function named({ name = '', opens, quoted, opensBare = '', bare = '' }: Groups): string {
  if (quoted !== undefined) {
    const quote = /^\\*["']/.exec(quoted)?.[0] ?? '';
    const value = quoted.slice(quote.length);
    return name + opens + quote + (value === '' || NOTHING.test(value) || value === REDACTED ? value : REDACTED);
  }
  const isPlain = NOTHING.test(bare) || (/^pwd$/i.test(name) && bare.startsWith('/'));
  return name + opensBare + (isPlain ? bare : REDACTED);
}

/**
 * The text without what looks like a secret: keys and tokens by their shape, and the values of passwords, tokens and the
 * like by their names. Ids, digests and names of objects stay. It can't know every secret; docs/evidence.md says what it
 * knows.
 */
export function redact(text: string): string {
  let rest = withoutKeyEnd(text);
  for (const { pattern, left } of RULES) {
    rest = rest.replace(pattern, (...found: unknown[]) =>
      left === undefined ? REDACTED : left(found.at(-1) as Groups),
    );
  }
  return rest;
}

const KEY_END = /-----END [A-Z0-9 ]{0,40}PRIVATE KEY-----/;

/** The rest of a private key whose beginning was cut off: the lines of base64 above its END. */
function withoutKeyEnd(text: string): string {
  const end = KEY_END.exec(text);
  if (end === null || text.lastIndexOf('-----BEGIN ', end.index) >= 0) return text;
  const above = text.slice(0, end.index).split('\n');
  let first = above.length - 1;
  while (first > 0 && /^[^\n]{0,200}?[A-Za-z0-9+/=]{8,80}\s*$/.test(above[first - 1] ?? '')) first -= 1;
  if (first === above.length - 1) return text;
  const kept = above.slice(0, first).map((line) => `${line}\n`);
  return kept.join('') + REDACTED + text.slice(end.index + end[0].length);
}
