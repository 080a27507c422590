import { Blocks } from './blocks.ts';
import { redactCommandLines } from './command-lines.ts';
import { redactElements, redactFields, redactSecretData, redactTuples } from './fields.ts';
import { redactKeyEnd } from './key-blocks.ts';
import { QUOTE, REDACTED, redactNamedValues } from './named-values.ts';
import { SECRET_SHAPES } from './secret-shapes.ts';

const SEPARATOR = `(?:${QUOTE})?[\\])]?[ \\t]{0,8}(?:=>|[=:]{1,3}|%3[AaDd])[ \\t]{0,8}[\\[(]?(?:${QUOTE})?`;
const AUTHORIZATION = `authorization${SEPARATOR}`;
const GAP = '(?:\\\\{0,2}[ \\t]|%20|\\+){1,8}';
const SLASHES = '(?:\\\\{0,4}/){2}';

/** Each replaces what follows `kept`. In order: rules that match more of a line come first. Each needs linear time. */
const RULES: readonly RegExp[] = [
  ...[
    // Schemes with parameters, up to the end of the line.
    `(?:Digest|AWS4-HMAC-SHA256|OAuth|Hawk|Negotiate|NTLM|Signature|MAC)[ \\t]+)[^\\r\\n<>]+`,
    `(?:Bearer|Basic|Token|JWT|Api-?Key|Key|SharedKey|SharedAccessSignature|SSWS|Splunk|GenieKey|GoogleLogin|Discogs)${GAP}(?:[a-z_]{1,20}=\\\\*["'])?)[^\\s"'<>\\]\\\\]+`,
    // Other schemes; not the words of a sentence: `authorization: denied by the webhook`.
    `[A-Za-z][\\w-]{1,30}[ \\t]{1,8})(?=[^\\s"'<>]{0,64}[0-9=+/])[^\\s"'<>\\]\\\\]{6,}`,
    `)(?!AWS4-HMAC-SHA256[ \\t])(?=[^\\s"'<>]{0,64}[0-9=]|[^\\s"'<>]{24})[^\\s"'<>\\]\\\\]{6,}`,
  ].map((value) => new RegExp(`(?<kept>${AUTHORIZATION}${value}`, 'gi')),
  /(?<kept>\b(?:Bearer|Basic|SSWS|GenieKey)[ \t]{1,8})(?![a-z_]{1,20}=[^=])(?=[A-Za-z0-9._~+/-]{0,200}[0-9=])[A-Za-z0-9._~+/=-]{12,}/gi,
  // A scheme and a value, or a value, and nothing else.
  /(?<kept>(?:^[\s<>*]{0,8}|["'])(?:proxy-)?authorization:[ \t]{1,8}(?:[A-Za-z][\w-]{1,30}[ \t]{1,8})?)(?!(?:required|denied|failed|missing|enabled|disabled|none|granted|error)\b)[^\s"'<>\\]{6,}(?=[ \t\r]*(?:$|["'\\]))/gim,
  /(?<kept>["']authorization\\*["'][ \t]{0,4}[:=]>?[ \t]{0,4}\[?\\*["'](?:[A-Za-z][\w-]{1,30} )?)(?!<)[^\s"'<>\\]{4,}(?=\\*["'])/gi,
  /(?<kept>\bcookie(?:\\*["'])?[ \t]{0,8}:[ \t]{0,8}\[)(?!<redacted>\])[^\]\n]{1,2000}(?=\])/gi,
  /(?<kept>\bcookie(?:\\*["'])?[ \t]{0,8}:[ \t]{0,8}\[?(?:\\*["'])?(?:<(?=[^\s"'<>=]{1,100}=))?)[^\s"'<>\\[][^\r\n"'<>\\]*/gi,
  /(?<kept>\bcookie(?:\\*["'])?[ \t]{0,8}=[ \t]{0,8}(?:\\*["'])?(?:<(?=[^\s"'<>=]{1,100}=))?)[^\s"'<>\\]+/gi,
  // Logins in URLs, also escaped ones.
  new RegExp(`(?<kept>:${SLASHES}[^\\s/:@"'<>\`\\\\]*:)[^\\s/"'<>\`]+(?=@)`, 'g'),
  new RegExp(
    `(?<kept>:${SLASHES}[^\\s/:@"'<>\`\\\\]{1,64}:)(?!\\d{1,5}[/?#])[^\\s"'<>\`]{1,128}(?=@[\\w.-]+(?:[:/?]|$))`,
    'g',
  ),
  /(?<kept>%3A%2F%2F[^\s%"'<>&]{0,64}%3A)[^\s"'<>&]{1,128}?(?=%40)/gi,
  // Data source names: `user:password@tcp(db:3306)/shop`.
  /(?<kept>(?<![\w.:/-])[\w.-]{1,64}:)[^\s@"'<>`]{1,200}(?=@(?:tcp|udp|unix)\()/g,
  // Without a scheme, with a port: not a digest or an address of mail.
  /(?<kept>(?<![\w.:/@-])(?!(?:mailto|from|to|cc|user|email|sip|npm):)[A-Za-z][\w.-]{0,63}:)[^\s@/"'<>`:,]{3,100}(?=@[A-Za-z][\w.-]{0,100}:\d{2,5}(?:[/?\s"',]|$))/gm,
  /(?<kept>\bjdbc:oracle:\w{1,10}:[^\s/@]{1,64}\/)[^\s@"']{1,128}(?=@)/g,
  /(?<kept>(?<![\w./:-])[A-Za-z]\w{0,30}\/)[^\s/@"'<>]{3,64}(?=@\/\/)/g,
  /(?<kept>\b(?:sqlplus|expdp|impdp|sqlldr)[ \t]{1,8}(?:-\w+[ \t]{1,8}){0,4}[^\s/@-]{1,64}\/)[^\s@"']{1,128}(?=@)/g,
  // A token as the user name.
  new RegExp(`(?<kept>:${SLASHES})[A-Za-z0-9_-]{20,200}(?=@)`, 'g'),
  // .pgpass: host, port, database, user, password.
  /(?<kept>(?<![^\s"'=])[\w.*-]{1,253}:(?:\d{4,5}|\*):[^\s:]{1,63}:[A-Za-z*][^\s:]{0,62}:)(?:[^\s:\\"']|\\.){1,200}(?=[\s"']|$)/gm,
  // .netrc, and what people write.
  /(?<kept>\blogin\s{1,8}[^\s:]{1,100}\s{1,8}password\s{1,8})[^\s"'<]+/gi,
  /(?<kept>\b(?:password|passwd|passphrase|pwd|passcode)[ \t]{1,4}(?:\b(?:is|was|set to|changed to|are)\b:?[ \t]{1,4})?["'`]?)(?=[^\s"'`]{0,100}\d)(?=[^\s"'`]{0,100}[A-Za-z])[^\s"'`<>:=()]{6,}(?<![:.])/gi,
  /(?<kept>\b(?:password|passphrase|token|secret|api key|secret key)[ \t]{1,4}(?:is|was|set to|changed to)\b:?[ \t]{1,4}["'`]?)(?=[^\s"'`]{0,100}[\d!#$%^&*])[^\s"'`<>]{8,}(?<![:.])/gi,
  /(?<kept>\btemporary password is generated for \S{1,100}: )\S+/gi,
  // SQL, and settings of servers.
  /(?<kept>\b(?:password|identified(?: with \w{1,40})? by(?: password)?)(?: |\s*\(\s*)(?:\\*)['"])[^'"\n]+/gi,
  /(?<kept>(?:^|[\s"'])(?:requirepass|masterauth|sentinel auth-pass \S{1,64}|AUTH PLAIN|AUTH LOGIN)[ \t]{1,8})(?!<)[^\s"'<]+/gm,
  /(?<kept>(?:^|[\s"'>\]])AUTH[ \t]{1,8}(?:[\w-]{1,64}[ \t]{1,8})?)(?=[^\s"'<]{0,100}\d)[^\s"'<]{6,}(?=["'\s]|$)/gm,
  // Commands that MONITOR of Redis shows.
  /(?<kept>(?:^|\[\d{1,5} \S{1,80}\] )(?:"(?:HELLO" "\d{1,2}|CONFIG" "SET|ACL)" )?"(?:AUTH|SETUSER|requirepass|masterauth)" )".*/gim,
  // Parameters of signed and of authorised URLs.
  /(?<kept>[?&;](?:X-Amz-Signature|X-Amz-Credential|X-Amz-Security-Token|X-Goog-Signature|signature|sig|hmac|key|access_key|auth)=)(?=[^\s&"'<>]{6})[^\s&"'<>]+/gi,
  /(?<kept>[?&](?:code|state|assertion|SAMLResponse|SAMLRequest|ticket|jwt|nonce|session_state)=)(?=[^\s&"'<>]{16})[^\s&"'<>]+/gi,
];

/** Redacts what is a secret on its own line. */
function redactLines(text: string): string {
  let rest = text;
  for (const rule of RULES)
    rest = rest.replace(rule, (...found: unknown[]) => `${(found.at(-1) as { kept?: string }).kept ?? ''}${REDACTED}`);
  for (const pass of [redactSecretData, redactFields, redactTuples, redactElements, redactCommandLines])
    rest = pass(rest);
  for (const { keyword, pattern } of SECRET_SHAPES) if (rest.includes(keyword)) rest = rest.replace(pattern, REDACTED);
  return redactNamedValues(rest);
}

/**
 * Redacts keys and tokens with a known format, and the values of names such as password and token. Keeps ids, digests and
 * names of objects, but no terminal codes. It can't recognise every secret; docs/evidence.md lists what it recognises.
 */
export function redact(text: string): string {
  const lines = redactKeyEnd(stripTerminalCodes(text)).split('\n');
  const blocks = new Blocks();
  const shown = lines.map((line, index) => blocks.line(line, () => lines.slice(index + 1, index + 10)));
  return redactLines(shown.filter((line) => line !== undefined).join('\n'));
}

/** Redacts the lines of a log as they arrive. Lines that belong to a redacted secret are left out. */
export class LineRedactor {
  readonly #blocks = new Blocks();

  line(text: string): string | undefined {
    const shown = this.#blocks.line(stripTerminalCodes(text));
    return shown === undefined ? undefined : redactLines(shown);
  }
}

const ESC = '(?:\\u001b|\\\\{1,4}(?:u001[bB]|x1[bB]|033|e(?=\\[)))';

/**
 * Codes that colour, move or name things in a terminal, raw or as JSON and shells write them (`\u001b[31m`). Titles and
 * links end with BEL or ST; an unfinished one loses its introducer only.
 */
const TERMINAL_CODES = new RegExp(
  [
    `(?:${ESC}|(?<=\\u001b)\\u001b)[\\]PX^_][^\\u0007\\u001b\\u009c\\n\\\\]{0,4096}(?:\\u0007|\\u009c|${ESC}\\\\{1,4}|\\\\{1,4}(?:u0007|x07|a))`,
    '\\u009d[^\\u0007\\u001b\\u009c\\n]{0,4096}(?:\\u0007|\\u009c)',
    `(?:${ESC}\\[|\\u009b)[0-?]{0,64}[ -/]{0,8}[@-~]`,
    '\\u001b[ -/]{0,8}[0-~]',
    // As `cat -v` shows them.
    '\\^\\[\\[[0-9;]{0,20}[mK]',
  ].join('|'),
  'g',
);

/** Other control characters, except the tabulator and line breaks. */
const CONTROLS = /(?:(?![\t\n\r])\p{Cc})+/gu;
/** Characters without a width can split a token; beside other characters they may be part of an emoji or a script. */
const INVISIBLE = /(?<=[!-~])[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+(?=[!-~])/g;

/** The text without terminal codes and control characters, which could split a secret. NUL separates words. */
function stripTerminalCodes(text: string): string {
  return text.replace(TERMINAL_CODES, '').replaceAll('\0', ' ').replace(CONTROLS, '').replace(INVISIBLE, '');
}
