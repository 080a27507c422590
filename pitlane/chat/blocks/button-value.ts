/** Block Kit reference: "Button element", value. */
const LONGEST_VALUE = 2000;

/** What a button carries: data of version 1 as JSON. Undefined when it is too long for a button. */
export function buttonValue(data: object): string | undefined {
  const value = escapedJson({ v: 1, ...data }, /[&<>]/g);
  return value.length > LONGEST_VALUE ? undefined : value;
}

/** The data of a pressed button; undefined for the buttons of another version. Each field is still to be checked. */
export function readButtonValue(value: string): Record<string, unknown> | undefined {
  const read = parseObject(value);
  return read?.v === 1 ? read : undefined;
}

/** JSON with these characters as `\uXXXX`: Slack may bring `&`, `<` and `>` back as entities. */
export function escapedJson(value: unknown, escaped: RegExp): string {
  return JSON.stringify(value).replace(escaped, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

export function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const read: unknown = JSON.parse(text);
    return typeof read === 'object' && read !== null ? (read as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** A pod as buttons carry it. */
export function isPod(value: unknown): value is { name: string; uid: string } {
  const pod = value as { name?: unknown; uid?: unknown } | null | undefined;
  return typeof pod?.name === 'string' && typeof pod.uid === 'string';
}
