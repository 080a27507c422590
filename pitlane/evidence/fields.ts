import { endOfQuoted, isNotSecret, QUOTE, replaceSpans, type Span } from './named-values.ts';
import { isSecretName } from './secret-names.ts';

/** Fields with the name and the value of something: an environment variable, a header, a parameter, a tag. */
export const NAME_FIELD = /^(?:name|key|k|header|param(?:eter)?|property|variable|env|id|field)$/i;
export const VALUE_FIELD = /^(?:value|val|v|content|default(?:value)?|secretvalue|string|data)$/i;

const NAMES = new RegExp(
  `(?<![\\w-])(?:name|key|k|header|param(?:eter)?|property|variable|env|field|type(?=\\s?=))(?:${QUOTE})?[ \\t]{0,8}[=:]{1,2}>?[ \\t]{0,8}(?:${QUOTE})?(?<name>[A-Za-z_][\\w./-]{0,100})`,
  'gi',
);
const VALUES = new RegExp(
  `(?<![\\w-])(?:value|val|v|content|default(?:value)?)(?:${QUOTE})?[ \\t]{0,8}[=:]{1,2}>?[ \\t]{0,8}(?:(?<quote>${QUOTE})|(?=[^\\s,;{}\\[\\]]))`,
  'gi',
);
/** `"password": { "value": …` */
const NESTED = new RegExp(`(?:${QUOTE})(?<name>[\\w.-]{2,80})(?:${QUOTE})[ \\t]{0,8}:[ \\t]{0,8}\\{`, 'g');
/** How far apart the name and the value of one object are. */
const REACH = 500;

/** Redacts the value of `{"name":"DB_PASSWORD","value":"…"}`, also with other fields between, or before the name. */
export function redactFields(text: string): string {
  if (!/val|content|default|["']v["']/i.test(text)) return text;
  const nested = [...text.matchAll(NESTED)].flatMap((match) =>
    isSecretName(match.groups?.name ?? '') ? (valueAfter(text, match.index + match[0].length) ?? []) : [],
  );
  const spans = [...text.matchAll(NAMES)].flatMap((match) => {
    if (!isSecretName(match.groups?.name ?? '')) return [];
    return valueAfter(text, match.index + match[0].length) ?? valueBefore(text, match.index) ?? [];
  });
  return replaceSpans(
    text,
    [...nested, ...spans].sort((a, b) => a.start - b.start),
  );
}

function valueAfter(text: string, at: number): Span | undefined {
  const near = text.slice(at, at + REACH).split(/[\n{}]/, 1)[0] ?? '';
  return near.includes('>') && /^[^>]*\/>/.test(near)
    ? valueIn(text, at, near.split('>', 1)[0] ?? '')
    : valueIn(text, at, near);
}

function valueBefore(text: string, at: number): Span | undefined {
  const from = Math.max(0, at - REACH);
  const before = text.slice(from, at);
  const start =
    Math.max(before.lastIndexOf('\n'), before.lastIndexOf('},'), before.lastIndexOf('>'), before.lastIndexOf('[{')) + 1;
  return valueIn(text, from + start, before.slice(start));
}

function valueIn(text: string, at: number, near: string): Span | undefined {
  const found = near.matchAll(VALUES).next().value;
  if (found === undefined) return undefined;
  const start = at + found.index + found[0].length;
  const quote = found.groups?.quote;
  const end =
    quote === undefined
      ? start + (/^[^\s,;{}[\]\\"'<>]*/.exec(text.slice(start, start + 4096))?.[0].length ?? 0)
      : endOfQuoted(text, start, quote);
  return isNotSecret(text.slice(start, end)) ? undefined : { start, end };
}

const LESS = '(?:<|\\\\{1,4}u003[cC]|&lt;|%3C)';
const GREATER = '(?:>|\\\\{1,4}u003[eE]|&gt;|%3E)';
const ELEMENT = new RegExp(
  `${LESS}(?<tag>[A-Za-z][\\w:.-]{0,80})(?<attributes>(?:[ \\t][^<>\\n]{0,300}?)?)${GREATER}(?<inner>(?:[ \\t]*${LESS}(?:value|string|val)${GREATER})?)(?<cdata>(?:[ \\t]*<!\\[CDATA\\[)?)`,
  'g',
);
const ATTRIBUTE = /(?:^|\s)(?:name|key|id|property)\s{0,4}=\s{0,4}\\*["']([\w.:/-]{1,100})\\*["']/i;
const NEXT_TAG = new RegExp(`\\n|${LESS}`, 'g');
const END_OF_CDATA = /\n|\]\]>|<!\[CDATA\[/g;

/** Redacts `<password>…</password>`, `<property name="password">…` and `<key>password</key><string>…`. */
export function redactElements(text: string): string {
  if (!/[<>]|u003|&lt;|%3C/i.test(text)) return text;
  let isNamed = false;
  const spans = [...text.matchAll(ELEMENT)].flatMap((match) => {
    const { tag = '', attributes = '', inner = '', cdata = '' } = match.groups ?? {};
    const start = match.index + match[0].length;
    const end = endOfElement(text, start, cdata !== '');
    const value = text.slice(start, end);
    const name = tag.slice(tag.lastIndexOf(':') + 1);
    const attribute = ATTRIBUTE.exec(attributes)?.[1];
    const isSecret =
      isSecretName(name) || (attribute !== undefined && isSecretName(attribute)) || (isNamed && VALUE_FIELD.test(name));
    isNamed = isNameElement(name) && inner === '' && isSecretName(value.trim());
    return isSecret && value.trim() !== '' && !isNotSecret(value.trim()) && !attributes.endsWith('/')
      ? [{ start, end }]
      : [];
  });
  return replaceSpans(text, spans);
}

function endOfElement(text: string, start: number, isCdata: boolean): number {
  const end = isCdata ? END_OF_CDATA : NEXT_TAG;
  end.lastIndex = start;
  return end.exec(text)?.index ?? text.length;
}

function isNameElement(name: string): boolean {
  return /(?:^|[-_])(?:name|key)$/i.test(name);
}

const SECRET_KIND = /["']kind\\*["']\s{0,8}:\s{0,8}\\*["']Secret\\*["']/;
const SECRET_DATA = /["'](?:data|stringData)\\*["']\s{0,8}:\s{0,8}\{(?<fields>[^{}]*)/g;
const FIELD_VALUE = /:[ \t]{0,8}(?<quote>\\{0,32}["'])/g;

/** Redacts the data of a Secret in JSON. */
export function redactSecretData(text: string): string {
  if (!SECRET_KIND.test(text)) return text;
  const spans = [...text.matchAll(SECRET_DATA)].flatMap(({ index, 0: all, groups }) => {
    const { fields = '' } = groups ?? {};
    const at = index + all.length - fields.length;
    return [...fields.matchAll(FIELD_VALUE)].map((field) => {
      const start = at + field.index + field[0].length;
      return { start, end: endOfQuoted(text, start, field.groups?.quote ?? '"') };
    });
  });
  return replaceSpans(text, spans);
}

const TUPLE = new RegExp(
  `(?<opens>[([])[ \\t]{0,8}(?:${QUOTE})(?<name>[A-Za-z][\\w.-]{1,80})(?:${QUOTE})[ \\t]{0,8},[ \\t]{0,8}(?<quote>${QUOTE})`,
  'g',
);

/** Redacts `('X-Api-Key', '…')`, and `["X-Api-Key", "…"]` unless the second may be a name like the first. */
export function redactTuples(text: string): string {
  const spans = [...text.matchAll(TUPLE)].flatMap((match) => {
    const { opens, name = '', quote = '' } = match.groups ?? {};
    if (!isSecretName(name) && !/^(?:proxy-)?authorization$|^(?:set-)?cookie$/i.test(name)) return [];
    const start = match.index + match[0].length;
    const end = endOfQuoted(text, start, quote);
    const value = text.slice(start, end);
    const isPair = /^\s{0,8}[)\]]/.test(text.slice(end + quote.length, end + quote.length + 9));
    const mayBeName = opens === '[' && /^[A-Za-z][A-Za-z_.-]*$/.test(value);
    return isPair && !mayBeName && !isNotSecret(value) ? [{ start, end }] : [];
  });
  return replaceSpans(text, spans);
}
