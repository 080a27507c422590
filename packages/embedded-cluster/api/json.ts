/** A JSON value whose shape the caller narrows by looking. */
// biome-ignore lint/suspicious/noExplicitAny: requests carry any JSON; the schema decides what it may be
export type Json = any;

/** A deep copy of plain JSON; several times quicker than structuredClone, which every write would pay for. */
export function copyOf<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(copyOf) as T;
  const copy: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    const field = (value as Record<string, unknown>)[key];
    if (field !== undefined) copy[key] = copyOf(field);
  }
  return copy as T;
}

/** Freezes all of it. Parts that are frozen already were frozen whole, so they are not walked again. */
export function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const key of Object.keys(value)) frozen((value as Record<string, unknown>)[key]);
  return Object.freeze(value);
}

/** Equal as JSON: the order of keys does not count, an undefined field is an absent one. */
export function isEqual(one: Json, other: Json): boolean {
  if (one === other) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  if (Array.isArray(one)) return one.length === other.length && one.every((item, index) => isEqual(item, other[index]));
  for (const key of Object.keys(one)) if (!isEqual(one[key], other[key])) return false;
  for (const key of Object.keys(other)) if (one[key] === undefined && other[key] !== undefined) return false;
  return true;
}

/** True for `{}`-shaped values: neither null nor an array. */
export function isMap(value: unknown): value is Record<string, Json> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const jsonByObject = new WeakMap<object, string>();

/** The JSON text of a stored (so frozen) object, kept as long as the object lives: lists and watches share it. */
export function textOf(object: object): string {
  let text = jsonByObject.get(object);
  if (text === undefined) {
    text = JSON.stringify(object);
    if (Object.isFrozen(object)) jsonByObject.set(object, text);
  }
  return text;
}
