import type { Json } from '../../api/json.ts';
import { numberAsQuantity } from '../../api/quantity.ts';
import goTypes from './generated/go-types.json' with { type: 'json' };
import { type FieldType, fieldsOf, goName, structName } from './schema.ts';

/** The object as the server stores it, and the fields that it dropped. */
export interface Decoded {
  value: Json;
  /** Paths, such as `spec.template.spec.containers[0].foo`. */
  unknown: string[];
}

/** A value of the wrong JSON type, in the words of Go's decoder. */
export class DecodeError extends Error {
  override readonly name = 'DecodeError';
  /** The message for a strategic merge patch, which another decoder reads from a map (runtime/converter.go). */
  inMemory = this.message;
}

/** By model: the fields that Go omits while they are zero. */
const omitted: Readonly<Record<string, readonly string[]>> = goTypes.omitted;
/** By model: the fields that Go always writes, with their zero values. */
const alwaysWritten: Readonly<Record<string, Json>> = goTypes.zeros;

/**
 * Reads JSON as the model. Drops unknown fields, nulls and what Go omits: empty lists and maps (so a JSON Patch cannot
 * add to the `labels` of a pod that lost its last one), `hostNetwork: false`. Adds what Go always writes:
 * `resources: {}`, `endpoints: null`.
 */
export function decode(model: string, value: Json): Decoded {
  const reader = { unknown: [], model, fields: [] };
  return { value: readObject(model, value, '', reader), unknown: reader.unknown };
}

/** Decodes it, or throws the refusal that the caller makes of the error. */
export function decodeOr(model: string, value: Json, refusal: (error: DecodeError) => Error): Decoded {
  try {
    return decode(model, value);
  } catch (error) {
    throw error instanceof DecodeError ? refusal(error) : error;
  }
}

/** The first unknown field of each object; none if a value has the wrong type, which is refused with another message. */
export function undeclaredFields(model: string, value: Json): string[] {
  try {
    const { unknown } = decode(model, value);
    const byParent = Map.groupBy(unknown, (path) => path.slice(0, path.lastIndexOf('.') + 1));
    return [...byParent.values()].flatMap(([first = '']) => first);
  } catch (error) {
    if (error instanceof DecodeError) return [];
    throw error;
  }
}

interface Reader {
  unknown: string[];
  /** The place in Go's message: the innermost model, then the fields without their indices. */
  model: string;
  fields: string[];
}

function readObject(model: string, value: Json, path: string, reader: Reader): Json {
  const fields = fieldsOf(model);
  const outer = reader.model;
  reader.model = model;
  const read: Json = {};
  for (const key of Object.keys(value)) {
    const type = fields.get(key);
    const at = path === '' ? key : `${path}.${key}`;
    if (type === undefined) {
      reader.unknown.push(at);
      continue;
    }
    reader.fields.push(key);
    const field = readField(type, value[key], at, reader);
    reader.fields.pop();
    const isEmpty = (type.is === 'list' || type.is === 'map') && Object.keys(field ?? {}).length === 0;
    const isZero = !field && omitted[model]?.includes(key);
    if (field !== undefined && !isEmpty && !isZero) read[key] = field;
  }
  reader.model = outer;
  for (const [key, zero] of Object.entries(alwaysWritten[model] ?? {})) {
    const type = fields.get(key);
    read[key] ??= type?.is === 'object' && zero !== null ? decode(type.name, zero).value : zero;
  }
  return read;
}

function readField(type: FieldType, given: Json, path: string, reader: Reader): Json {
  if (given === null || given === undefined) return undefined;
  // Numbers are quantities too (resource.Quantity, UnmarshalJSON).
  const value = type.is === 'quantity' && typeof given === 'number' ? numberAsQuantity(given) : given;
  const zero = zeros[type.is];
  if (zero !== undefined && goKind(value) !== goKind(zero)) throw mismatch(type, value, reader);
  switch (type.is) {
    case 'list':
      return value.map((item: Json, index: number) => readItem(type.of, item, `${path}[${index}]`, reader));
    case 'map': {
      // Go writes maps sorted by key.
      const keys = Object.keys(value).sort();
      return Object.fromEntries(keys.map((key) => [key, readItem(type.of, value[key], `${path}.${key}`, reader)]));
    }
    case 'object':
      return readObject(type.name, value, path, reader);
    case 'int32':
    case 'int64':
      if (Number.isInteger(value) && (type.is === 'int64' || value === (value | 0))) return value;
      throw mismatch(type, value, reader, `number ${value}`);
    default:
      checks[type.is]?.(value);
      return value;
  }
}

/** As in Go, a null in a list or map becomes the zero value. */
function readItem(type: FieldType, value: Json, path: string, reader: Reader): Json {
  return readField(type, value ?? zeros[type.is], path, reader);
}

const zeros: Partial<Record<FieldType['is'], Json>> = {
  string: '',
  bytes: '',
  quantity: '',
  boolean: false,
  int32: 0,
  int64: 0,
  float: 0,
  object: {},
  map: {},
  list: [],
};

/** Rules beyond the JSON type. */
const checks: Partial<Record<FieldType['is'], (value: Json) => void>> = {
  bytes: checkBase64,
  quantity: checkQuantity,
  time: (value) => checkTime('time', value),
  microTime: (value) => checkTime('microTime', value),
  intOrString(value) {
    // Go reads everything but a string as a number.
    if (typeof value !== 'string' && typeof value !== 'number')
      throw new DecodeError(`json: cannot unmarshal ${goKind(value)} into Go value of type int32`);
  },
};

function checkQuantity(value: string): void {
  if (/^[+-]?(\d+\.?\d*|\.\d+)([numkMGTPE]|[KMGTPE]i|[eE][+-]?\d+)?$/.test(value)) return;
  throw new DecodeError("quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");
}

const layouts = { time: '2006-01-02T15:04:05Z07:00', microTime: '2006-01-02T15:04:05.000000Z07:00' };

function checkTime(is: 'time' | 'microTime', value: Json): void {
  if (typeof value !== 'string') {
    throw new DecodeError(`json: cannot unmarshal ${goKind(value)} into Go value of type string`);
  }
  const quoted = JSON.stringify(value);
  const refuse = (rest: string, wanted: string) =>
    new DecodeError(`parsing time ${quoted} as "${layouts[is]}": cannot parse ${JSON.stringify(rest)} as "${wanted}"`);
  const found = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(.*)$/.exec(value);
  if (found === null) throw refuse(value, '2006');
  const rest = found[1] as string;
  // A MicroTime needs exactly six digits; a Time may have any number.
  if (is === 'microTime' && !/^\.\d{6}/.test(rest)) throw refuse(rest, '.000000');
  if (!/^(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(rest)) throw refuse(rest, 'Z07:00');
}

function checkBase64(value: string): void {
  if (/^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(value)) return;
  const wrong = value.search(/[^A-Za-z0-9+/]/);
  throw new DecodeError(
    `illegal base64 data at input byte ${wrong === -1 ? value.length - (value.length % 4) : wrong}`,
  );
}

function mismatch(type: FieldType, value: Json, reader: Reader, kind = goKind(value)): DecodeError {
  const field = `${structName(reader.model)}.${reader.fields.join('.')}`;
  const error = new DecodeError(`json: cannot unmarshal ${kind} into Go struct field ${field} of type ${goName(type)}`);
  error.inMemory = inMemoryMismatch(type, value);
  return error;
}

function inMemoryMismatch(type: FieldType, value: Json): string {
  const kind = inMemoryKind(value);
  if (type.is === 'list') return `cannot restore slice from ${kind}`;
  if (type.is === 'map') return `cannot restore map from ${kind}`;
  if (type.is === 'object') return `cannot restore struct from: ${kind}`;
  // Go can convert a number to text or a float to an integer, so these two have messages of their own.
  const isNumber = typeof value === 'number';
  if (isNumber && type.is !== 'boolean') return `cannot convert ${kind} to ${goName(type)}`;
  return `unrecognized type: ${goName(type)}`;
}

function inMemoryKind(value: Json): string {
  if (Array.isArray(value)) return 'slice';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int64' : 'float64';
  if (typeof value === 'boolean') return 'bool';
  return typeof value === 'object' ? 'map' : 'string';
}

function goKind(value: Json): string {
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}
