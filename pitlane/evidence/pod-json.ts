import type { JsonPod } from '../cluster/json.ts';
import { isSecretName, REDACTED, redact } from './redact.ts';

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** Copies of the whole pod, environment and all, and who wrote which field. */
const LEFT_OUT = new Set(['kubectl.kubernetes.io/last-applied-configuration', 'managedFields']);
/** Lists of names with values, of which nobody can tell what is secret. References to Secrets stay. */
const NAMED_VALUES = new Set(['env', 'httpHeaders']);

/** The pod as the cluster has it, pretty-printed, without the values of its environment and what else looks like a secret. */
export function podJson(pod: JsonPod): string {
  return `${JSON.stringify(redacted(pod as unknown as Json), undefined, 2)}\n`;
}

function redacted(value: Json): Json {
  if (typeof value === 'string') return redact(value);
  if (isList(value)) return value.map((item, index) => redactedItem(item, value[index - 1]));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !LEFT_OUT.has(key))
      .map(([key, each]) => [key, redactedField(key, each)]),
  );
}

function redactedField(key: string, value: Json): Json {
  if (typeof value === 'string' && value !== '' && isSecretName(key)) return REDACTED;
  return NAMED_VALUES.has(key) && isList(value) ? value.map(withoutValue) : redacted(value);
}

/** In a command line the value of a flag may be an argument of its own. */
function redactedItem(item: Json, before: Json | undefined): Json {
  const isValue = typeof item === 'string' && typeof before === 'string' && /^--?[\w-]+$/.test(before);
  return isValue && isSecretName(before) && !item.startsWith('-') ? REDACTED : redacted(item);
}

function withoutValue(named: Json): Json {
  const has = typeof named === 'object' && named !== null && !isList(named) && typeof named.value === 'string';
  return has && named.value !== '' ? { ...named, value: REDACTED } : redacted(named);
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
