import * as z from 'zod';

/**
 * A single value. The file is read without YAML's types, so `yes`, `1` and `0123` arrive as they were written. `read`
 * converts the text, or returns undefined if it is invalid. `schema` is its JSON Schema for editors.
 */
export function scalar<T>(
  expected: string,
  schema: Readonly<Record<string, unknown>>,
  read: (text: string) => T | undefined,
) {
  return z
    .string({ error: expected })
    .transform((text, context) => {
      const value = read(text);
      if (value !== undefined) return value;
      context.addIssue({ code: 'custom', message: expected });
      return z.NEVER;
    })
    .meta(schema);
}

export function text(expected: string, pattern: RegExp, description: string) {
  return scalar(expected, { pattern: pattern.source, description }, (value) =>
    pattern.test(value) ? value : undefined,
  );
}

export function oneOf<T extends string>(values: readonly T[], description: string) {
  const expected = `expected ${values.slice(0, -1).join(', ')} or ${values[values.length - 1]}`;
  return scalar(expected, { enum: values, description }, (value) => values.find((each) => each === value));
}

export function flag(description: string) {
  return scalar('expected true or false', { type: 'boolean', description }, (value) =>
    value === 'true' ? true : value === 'false' ? false : undefined,
  );
}

export function wholeNumber(min: number, max: number, description: string) {
  const schema = { type: 'integer', minimum: min, maximum: max, description };
  return scalar(`expected a whole number from ${min} to ${max}`, schema, (value) => {
    const number = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
    return number >= min && number <= max ? number : undefined;
  });
}
