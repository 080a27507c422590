import { isMap, type Json } from '../../../api/json.ts';

/** The CEL value of a JSON value: whole numbers are integers, as in Kubernetes' unstructured objects. */
export function toCel(json: Json): unknown {
  if (typeof json === 'number') return Number.isInteger(json) ? BigInt(json) : json;
  if (Array.isArray(json)) return json.map(toCel);
  if (!isMap(json)) return json ?? null;
  return Object.fromEntries(Object.entries(json).map(([key, value]) => [key, toCel(value)]));
}

/** The JSON value of a CEL value; throws for values that JSON has none of, such as durations. */
export function fromCel(value: unknown): Json {
  if (typeof value === 'bigint') return Number(value);
  if (Array.isArray(value)) return value.map(fromCel);
  if (value instanceof Map) return fromCel(Object.fromEntries(value));
  if (typeof value !== 'object' || value === null) return value;
  if (![Object.prototype, null].includes(Object.getPrototypeOf(value)))
    throw new Error('JSONPath valueExpression evaluated to a type that could not marshal to JSON');
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, fromCel(each)]));
}
