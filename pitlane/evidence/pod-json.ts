import { isSecretName, REDACTED, redact } from './redact.ts';

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** Copies of the whole pod with its environment, and the owners of its fields. */
const OMITTED_FIELDS = new Set(['kubectl.kubernetes.io/last-applied-configuration', 'managedFields']);
/** Lists whose values may all be secret. References to Secrets are kept. */
const SECRET_LISTS = new Set(['env', 'httpHeaders']);

/** The pod as formatted JSON, without the values of its environment and other secrets. */
export function podJson(pod: object): string {
  return `${JSON.stringify(redacted(pod as Json), undefined, 2)}\n`;
}

function redacted(value: Json): Json {
  if (typeof value === 'string') return redact(value);
  if (isList(value)) return value.map((item, index) => redactedItem(item, value[index - 1]));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !OMITTED_FIELDS.has(key))
      .map(([key, each]) => [key, redactedField(key, each)]),
  );
}

function redactedField(key: string, value: Json): Json {
  if (typeof value === 'string' && value !== '' && isSecretName(key)) return REDACTED;
  return SECRET_LISTS.has(key) && isList(value) ? value.map(redactedValue) : redacted(value);
}

/** The value of a flag may be a separate argument. */
function redactedItem(item: Json, before: Json | undefined): Json {
  const isValue = typeof item === 'string' && typeof before === 'string' && /^--?[\w-]+$/.test(before);
  return isValue && isSecretName(before) && !item.startsWith('-') ? REDACTED : redacted(item);
}

function redactedValue(named: Json): Json {
  const hasValue = typeof named === 'object' && named !== null && !isList(named) && typeof named.value === 'string';
  return hasValue && named.value !== '' ? { ...named, value: REDACTED } : redacted(named);
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
