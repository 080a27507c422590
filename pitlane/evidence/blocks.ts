import { nextWord, type Words } from './arguments.ts';
import { NAME_FIELD, VALUE_FIELD } from './fields.ts';
import { KeyBlocks } from './key-blocks.ts';
import { isNotSecret, REDACTED, replaceSpans } from './named-values.ts';
import { isSecretName } from './secret-names.ts';

/** What loggers, container runtimes and compose write in front of a line. */
const PREFIX =
  /^(?:\[?\d{4}[-/]\d\d[-/]\d\d[T ][\d:.,]{5,20}(?:Z|[+-]\d\d:?\d\d)?\]? )?(?:\[?(?:stdout|stderr)\]? (?:[FP] )?)?(?:\[?(?:TRACE|DEBUG|INFO|WARN|WARNING|ERROR|FATAL)\]?:? )?(?:[\w.-]{1,80} +\| )?/;
const FIELD =
  /^(?<indent>\s*)(?<opens>(?:- +|[{[] *){0,8})(?:\\*["'](?<quoted>[\w.$/-]{1,128})\\*["']|(?<key>[\w.$/-]{1,128}))[ \t]*:(?<gap>[ \t]*)(?<rest>.*)$/;
const ITEM = /^(?<lead>\s*- +(?<quote>\\*["']?)|\s*(?<only>\\*["']))(?<word>.+?)(?:(?<!\\)\\*["'])?,?\s*$/;
const LISTED = /^(?<lead>\s+)(?<word>\S.*?)\s*$/;
/** The value is on the next lines: a block of YAML, a list, nothing yet. */
const ON_NEXT_LINES = /^(?:[|>][-+0-9]{0,3}\s*(?:#.*)?|\[|)$/;
/** Nothing follows the value. */
const SCALAR = /^(?:\\*"[^"]*"|\\*'[^']*'|[^"'{}[\]]*),?$/;
const OPEN_ELEMENT = /<(?:\w+:)?([A-Za-z][\w.-]{0,80})(?:\s[^<>]{0,300})?>\s*$/;
const NAME_ELEMENT = /<(?:[\w-]+[-:])?(?:name|key)>\s*([\w.-]{1,100})\s*<\/[^<>]*>\s*$/i;
const VALUE_ELEMENT = /^(?<lead>\s*<(?:[\w-]+[-:])?(?:value|string)>)(?<value>[^<]+)/i;
const CONTINUED = /(?:^|\s)(?<flag>-{1,2}[A-Za-z][\w-]*)\s+\\\s*$/;
/** A line of a netrc file, and the one that may follow it. */
const NETRC_NAME = /^\s*(?:machine|login|account)\s+[^\s:]+(?:\s+login\s+[^\s:]+)?$/;
const NETRC_PASSWORD = /^(?<lead>\s*password\s+)(?!<redacted>)\S+\s*$/;
/** How many lines a name and its value are apart. */
const NEAR = 8;

interface Field {
  readonly column: number;
  readonly dashes: string;
  readonly key: string;
  readonly rest: string;
  /** The line up to the value. */
  readonly lead: string;
}

/** Redacts what stands on several lines. Takes the lines of one text in their order. */
export class Blocks {
  readonly #keys = new KeyBlocks();
  /** The lines below a secret's name that are deeper than this. */
  #below: { readonly column: number; readonly isText: boolean; isShown: boolean } | undefined;
  /** A secret's name was seen; its value may follow within so many lines. */
  #named: { readonly column: number; left: number } | undefined;
  #data: { readonly column: number; readonly isSecret: boolean } | undefined;
  #kind: string | undefined;
  #isObject = false;
  #arguments: Words = {};
  /** `Args:` in the output of `kubectl describe`: one a line. */
  #isListed = false;
  #element: string | undefined;
  #isNamedElement = false;
  #before = '';

  /** `following`: the next lines, if they are known. Undefined: the line is part of a secret that is redacted already. */
  line(line: string, following?: () => readonly string[]): string | undefined {
    const outside = this.#keys.line(line);
    if (outside === undefined) return undefined;
    const [prefix = ''] = PREFIX.exec(outside) ?? [];
    const content = outside.slice(prefix.length);
    const shown = this.#content(content, following);
    if (content.trim() !== '') this.#before = content.slice(-100).trimEnd();
    return shown === undefined ? undefined : escapedLines(prefix + shown);
  }

  #content(content: string, following: (() => readonly string[]) | undefined): string | undefined {
    const inElement = this.#inElement(content);
    if (inElement !== 'none') return inElement.shown;
    const field = fieldIn(content);
    const below = this.#isBelow(content, field);
    if (below !== 'none') return below.shown;
    if (field !== undefined) return this.#field(field, following);
    if (NETRC_NAME.test(this.#before)) {
      const { lead } = NETRC_PASSWORD.exec(content)?.groups ?? {};
      if (lead !== undefined) return lead + REDACTED;
    }
    if (/^\s*[}\]]/.test(content) || content.trim() === '---') this.#named = undefined;
    this.#startElement(content);
    return this.#word(content);
  }

  #isBelow(content: string, field: Field | undefined): { shown: string | undefined } | 'none' {
    const below = this.#below;
    if (below === undefined || content.trim() === '') return 'none';
    const indent = content.length - content.trimStart().length;
    const isItem = !below.isText && indent >= below.column && /^\s*- /.test(content);
    if (indent <= below.column && !isItem) this.#below = undefined;
    else if (field !== undefined && !below.isText) {
      // A mapping: `token:`, and below it `value: …`.
      this.#below = undefined;
      this.#named = { column: field.column, left: NEAR };
    } else {
      const isShown = below.isShown && !isItem;
      below.isShown = true;
      return { shown: isShown ? undefined : `${content.slice(0, indent)}${isItem ? '- ' : ''}${REDACTED}` };
    }
    return 'none';
  }

  #field(field: Field, following: (() => readonly string[]) | undefined): string {
    const { column, dashes, key, rest, lead } = field;
    const isCommand = /^(?:command|args|cmd|entrypoint)$/i.test(key);
    if (!isCommand) this.#arguments = {};
    this.#isListed = isCommand && rest === '';
    if (this.#data !== undefined && column <= this.#data.column) this.#data = undefined;
    if (this.#named !== undefined && (--this.#named.left < 0 || (dashes !== '' && column <= this.#named.column)))
      this.#named = undefined;
    const value = unquoted(rest);
    this.#object(key, value, column);
    const isValue = VALUE_FIELD.test(key);
    const isHidden =
      (isValue && (this.#named !== undefined || this.#isNamedLater(field, following))) ||
      (this.#data !== undefined && (this.#data.isSecret || isData(value)));
    if (NAME_FIELD.test(key)) this.#named = isSecretName(value) ? { column, left: NEAR } : undefined;
    if ((isHidden || isSecretName(key)) && ON_NEXT_LINES.test(rest)) {
      this.#below = { column, isText: /^[|>]/.test(rest), isShown: false };
      return lead + rest;
    }
    if ((isHidden || isSecretName(key)) && /^(?:"[^"]*|'[^']*)$/.test(rest))
      this.#below = { column, isText: true, isShown: true };
    if (!isHidden || isNotSecret(value) || /^[{&*]/.test(rest)) return lead + rest;
    return lead + redactedScalar(rest);
  }

  /** Its value came first: in a stream every text in front of a name may be a secret. */
  #isNamedLater({ column, dashes, key, rest }: Field, following: (() => readonly string[]) | undefined): boolean {
    if (!/^val(?:ue)?$/i.test(key)) return false;
    const isFirst = dashes !== '' || /\{$/.test(this.#before);
    if (following === undefined)
      return isFirst && SCALAR.test(rest) && !/^[\d.+-]+,?$|^$/.test(rest) && !isNotSecret(unquoted(rest));
    for (const next of following().slice(0, NEAR)) {
      const field = fieldIn(next.slice(PREFIX.exec(next)?.[0].length));
      if (field === undefined || field.column < column || (field.column === column && field.dashes !== ''))
        return false;
      if (field.column === column && NAME_FIELD.test(field.key)) return isSecretName(unquoted(field.rest));
    }
    return false;
  }

  /** The data of a Secret may be printed before its kind. */
  #object(key: string, value: string, column: number): void {
    if (key === 'apiVersion') {
      this.#isObject = true;
      this.#kind = undefined;
    } else if (key === 'kind') this.#kind ??= value.replace(/\s+#.*$/, '');
    else if (key === 'type' && /^(?:Opaque$|kubernetes\.io\/)/.test(value)) this.#kind ??= 'Secret';
    else if (key === 'stringData') this.#data = { column, isSecret: true };
    else if (key === 'data' && /^\{?$/.test(value) && (this.#isObject || this.#kind === 'Secret'))
      this.#data =
        this.#kind === undefined || this.#kind === 'Secret' ? { column, isSecret: this.#kind === 'Secret' } : undefined;
  }

  /** An argument on a line of its own, or the rest of a command line. */
  #word(content: string): string {
    const { groups } = ITEM.exec(content) ?? (this.#isListed ? LISTED.exec(content) : null) ?? {};
    const { lead = '', word = '' } = groups ?? {};
    const isContinued = Object.keys(this.#arguments).length > 0 && CONTINUED.test(`${this.#before} `);
    if (groups === undefined) {
      const first = isContinued ? (/^\s*(\S+)/.exec(content)?.[1] ?? '') : '';
      const at = content.indexOf(first);
      const { secret } = first === '' ? {} : nextWord(this.#arguments, first);
      const { flag } = CONTINUED.exec(content)?.groups ?? {};
      this.#arguments = flag === undefined ? {} : nextWord({}, flag).words;
      return secret === undefined
        ? content
        : replaceSpans(content, [{ start: at + secret.start, end: at + secret.end }]);
    }
    const { secret, words } = nextWord(this.#arguments, word);
    this.#arguments = words;
    if (secret === undefined) return content;
    return replaceSpans(content, [{ start: lead.length + secret.start, end: lead.length + secret.end }]);
  }

  #inElement(content: string): { readonly shown: string | undefined } | 'none' {
    if (this.#element !== undefined) {
      const close = content.indexOf(`</`);
      if (close >= 0) this.#element = undefined;
      const value = close >= 0 ? content.slice(0, close) : content;
      if (value.trim() === '') return { shown: content };
      return { shown: value.replace(/\S.*/, REDACTED) + content.slice(value.length) };
    }
    const isNamed = this.#isNamedElement;
    if (content.trim() !== '') this.#isNamedElement = false;
    const { lead, value } = (isNamed && VALUE_ELEMENT.exec(content)?.groups) || {};
    if (lead === undefined || value === undefined || isNotSecret(value.trim())) return 'none';
    return { shown: lead + REDACTED + content.slice(lead.length + value.length) };
  }

  #startElement(content: string): void {
    if (!content.includes('>')) return;
    const end = content.slice(-500);
    const tag = OPEN_ELEMENT.exec(end)?.[1];
    if (tag !== undefined && isSecretName(tag)) this.#element = tag;
    const name = NAME_ELEMENT.exec(end)?.[1];
    this.#isNamedElement = name !== undefined && isSecretName(name);
  }
}

function fieldIn(content: string): Field | undefined {
  const { indent = '', opens = '', quoted, key, gap, rest } = FIELD.exec(content)?.groups ?? {};
  const name = quoted ?? key;
  if (name === undefined || rest === undefined || (quoted === undefined && gap === '' && rest !== '')) return undefined;
  const lead = content.slice(0, content.length - rest.length);
  return { column: indent.length + opens.length, dashes: opens, key: name, rest: rest.trimEnd(), lead };
}

function unquoted(rest: string): string {
  return rest.replace(/,$/, '').replace(/^\\*["']|(?<!\\)\\*["']$/g, '');
}

function redactedScalar(rest: string): string {
  const { open = '', close = '' } = /^(?<open>\\*["']?).*?(?<close>(?<!\\)\\*["']?,?)$/.exec(rest)?.groups ?? {};
  return open + REDACTED + close;
}

/** Base64, as in a Secret. */
function isData(value: string): boolean {
  return (
    /^[A-Za-z0-9+/]{4,}={0,2}$/.test(value) &&
    value.length % 4 === 0 &&
    /[A-Z0-9=+/]/.test(value) &&
    !/^\d+$/.test(value)
  );
}

const ESCAPED_BREAK = /(?<!\\)\\{1,32}n/;
const HAS_BLOCK = /PRIVATE KEY|(?:value|name|data|[|>])\\*["']?\s*[:\\]|- --?[a-z]|:\\+n|<\w|[|>]-?\\+n/i;

/** Up to the string that the line ends with, and up to the string of the next field of an object. */
const STRING_START = /^.*(?:^|[,{[:(=]\s{0,8})\\{0,32}["']/;
const NEXT_STRING = /^.*[,{]\s{0,8}\\{0,32}["'][\w.$/ -]{1,80}\\{0,32}["']\s{0,8}:\s{0,8}\\{0,32}["']/;

/** A text of several lines may be a string on one line of another. */
function escapedLines(line: string): string {
  if (!ESCAPED_BREAK.test(line) || !HAS_BLOCK.test(line)) return line;
  const parts = line.split(/((?<!\\)(?:\\{1,32}r)?\\{1,32}n)/);
  let inner = new Blocks();
  let text = '';
  for (let index = 0; index < parts.length; index += 2) {
    const part = parts[index] ?? '';
    const opened = (index === 0 ? STRING_START : NEXT_STRING).exec(part)?.[0] ?? '';
    if (opened !== '') inner = new Blocks();
    const shown = inner.line(part.slice(opened.length), () =>
      parts.slice(index + 2, index + 2 + 2 * NEAR).filter((_, at) => at % 2 === 0),
    );
    if (shown !== undefined || opened !== '') text += (parts[index - 1] ?? '') + opened + (shown ?? '');
  }
  return text;
}
