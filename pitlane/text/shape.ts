/** Tests a value that may have been written by other programs or by hand. */
export type Rule = (value: unknown) => boolean;

/** An object with a rule for each of its fields, and no other fields. */
export function shape<T>(rules: { readonly [K in keyof Required<T>]: Rule }): (value: unknown) => value is T {
  const entries = Object.entries<Rule>(rules);
  const known = new Set(entries.map(([key]) => key));
  return (value): value is T =>
    isObject(value) &&
    Object.keys(value).every((key) => known.has(key)) &&
    entries.every(([key, isValid]) => isValid(Object.hasOwn(value, key) ? value[key] : undefined));
}

export function optional(isValid: Rule): Rule {
  return (value) => value === undefined || isValid(value);
}

export function listOf(isValid: Rule): Rule {
  return (value) => Array.isArray(value) && value.every(isValid);
}

export function mapOf(isValid: Rule): Rule {
  return (value) => isObject(value) && Object.values(value).every(isValid);
}

export function matching(pattern: RegExp): Rule {
  return (value) => typeof value === 'string' && pattern.test(value);
}

export const isText: Rule = (value) => typeof value === 'string';

/** The object in JSON text. Undefined: it is not JSON, or not an object. */
export function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
