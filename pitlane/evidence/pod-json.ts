import { isObject } from '../text/shape.ts';
import { nextWord, type Words } from './arguments.ts';
import { REDACTED, replaceSpans } from './named-values.ts';
import { redact } from './redact.ts';
import { isSecretName } from './secret-names.ts';

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
type JsonObject = { readonly [key: string]: Json };

/** Copies of the whole pod with its environment, and the owners of its fields. */
const OMITTED_FIELDS = new Set(['kubectl.kubernetes.io/last-applied-configuration', 'managedFields']);
/** Lists whose values may all be secret. References to Secrets are kept. */
const SECRET_LISTS = new Set(['env', 'httpHeaders']);
/** JSON in a string in JSON, …. */
const MOST_DEEP = 4;

/** The pod as formatted JSON, without the values of its environment and other secrets. */
export function podJson(pod: object): string {
  return `${JSON.stringify(redactObject(pod), undefined, 2)}\n`;
}

/** An object of the cluster without the values of its environment and other secrets. */
export function redactObject<T extends object>(object: T): T {
  return redacted(object as unknown as Json, 0) as unknown as T;
}

function redacted(value: Json, depth: number): Json {
  if (typeof value === 'string') return redactedText(value, depth);
  if (isList(value)) return redactedList(value, depth, {}).list;
  if (!isObject(value)) return value;
  const fields = Object.entries(value).filter(([key]) => !OMITTED_FIELDS.has(key));
  const { command, args } = value;
  const started = isList(command) ? redactedList(command, depth, {}) : { list: command, words: {} };
  const given = isList(args) ? redactedList(args, depth, started.words) : { list: args };
  const own = Object.fromEntries(fields.map(([key, each]) => [key, redactedField(value, key, each, depth)]));
  return {
    ...own,
    ...(isList(command) && { command: started.list ?? [] }),
    ...(isList(args) && { args: given.list ?? [] }),
  };
}

function redactedField(object: JsonObject, key: string, value: Json, depth: number): Json {
  const isData = object.kind === 'Secret' && (key === 'data' || key === 'stringData');
  if (isData && isObject(value)) return Object.fromEntries(Object.keys(value).map((name) => [name, REDACTED]));
  const isNamed = key === 'value' && typeof object.name === 'string' && isSecretName(object.name);
  if (typeof value === 'string' && value !== '' && (isNamed || isSecretName(key))) return REDACTED;
  return SECRET_LISTS.has(key) && isList(value)
    ? value.map((named) => redactedValue(named, depth))
    : redacted(value, depth);
}

/** JSON in a string is redacted as JSON. */
function redactedText(text: string, depth: number): string {
  if (depth < MOST_DEEP && /^\s*[{[]/.test(text)) {
    try {
      return JSON.stringify(redacted(JSON.parse(text), depth + 1));
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
  }
  return redact(text);
}

/** A list may be a command line, whose words depend on each other. */
function redactedList(items: readonly Json[], depth: number, before: Words) {
  let words = before;
  const list = items.map((item) => {
    if (typeof item !== 'string') return redacted(item, depth);
    const next = nextWord(words, item);
    words = next.words;
    return next.secret === undefined ? redactedText(item, depth) : replaceSpans(item, [next.secret]);
  });
  return { list, words };
}

function redactedValue(named: Json, depth: number): Json {
  const hasValue = isObject(named) && typeof named.value === 'string' && named.value !== '';
  return hasValue ? { ...named, value: REDACTED } : redacted(named, depth);
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}
