import type { Json } from '../../api/json.ts';
import { timestamp } from '../../api/time.ts';
import { goTypes } from '../decode/go-types.ts';
import { type FieldType, fieldsOf } from '../decode/schema.ts';
import { embedded, fieldOf, ProtobufError, signed, text, type WireValue, wireFields } from './reader.ts';

/** A protobuf body is `k8s`, a zero byte, and a runtime.Unknown with the kind and the object. */
const magic = Buffer.from('k8s\0');

/** The object in a protobuf body as JSON. kubectl's typed commands (create, drain, auth) send protobuf. */
export function fromProtobuf(body: Buffer): Json {
  if (!body.subarray(0, magic.length).equals(magic)) {
    throw new ProtobufError('provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]');
  }
  const unknown = body.subarray(magic.length);
  const typeMeta = embedded(fieldOf(unknown, 1));
  const apiVersion = text(fieldOf(typeMeta, 1));
  const kind = text(fieldOf(typeMeta, 2));
  const model = goTypes.models[`${apiVersion} ${kind}`] ?? goTypes.models[kind];
  if (model === undefined)
    throw new ProtobufError(`no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)}`);
  const object: Json = { apiVersion, kind };
  readMessage(model, model, embedded(fieldOf(unknown, 2)), object);
  return object;
}

interface MessageField {
  name: string;
  /** Its fields belong to the parent. */
  isEmbedded: boolean;
  isQuantity: boolean;
}

const layouts = new Map<string, ReadonlyMap<string, MessageField>>();

function layoutOf(message: string): ReadonlyMap<string, MessageField> {
  let layout = layouts.get(message);
  if (layout === undefined) {
    const fields = (goTypes.messages[message] ?? '').matchAll(/(\d+) (>?)([^, ]+)( quantity)?/g);
    layout = new Map(
      fields.map(([, number = '', mark, name = '', quantity]) => {
        return [number, { name, isEmbedded: mark === '>', isQuantity: quantity !== undefined }];
      }),
    );
    layouts.set(message, layout);
  }
  return layout;
}

/** Reads a message into `object`; `message` is `model` or a struct embedded in it. */
function readMessage(model: string, message: string, bytes: Buffer, object: Json): void {
  const fields = fieldsOf(model);
  const layout = layoutOf(message);
  for (const [number, value] of wireFields(bytes)) {
    const field = layout.get(String(number));
    // A field of a newer Kubernetes: a real server drops it, too.
    if (field === undefined) continue;
    if (field.isEmbedded) {
      readMessage(model, field.name, embedded(value), object);
      continue;
    }
    const type = fields.get(field.name);
    if (type !== undefined) object[field.name] = added(object[field.name], type, value, field.isQuantity);
  }
}

/** Adds the value: lists and maps come item by item. */
function added(before: Json, type: FieldType, value: WireValue, isQuantity: boolean): Json {
  if (type.is === 'list') return [...(before ?? []), readValue(type.of, value, isQuantity)];
  if (type.is !== 'map') return readValue(type, value, isQuantity);
  const entry = embedded(value);
  const key = text(fieldOf(entry, 1));
  return { ...before, [key]: readValue(type.of, fieldOf(entry, 2), isQuantity) };
}

function readValue(type: FieldType, value: WireValue, isQuantity: boolean): Json {
  if (isQuantity) return text(fieldOf(embedded(value), 1));
  switch (type.is) {
    case 'string':
      return text(value);
    case 'bytes':
      return embedded(value).toString('base64');
    case 'boolean':
      return value !== 0n;
    case 'int32':
    case 'int64':
    case 'float':
      return signed(value);
    case 'time':
      return readTime(embedded(value), 0);
    case 'microTime':
      return readTime(embedded(value), 6);
    case 'intOrString':
      return readIntOrString(embedded(value));
    case 'object': {
      const object: Json = {};
      readMessage(type.name, type.name, embedded(value), object);
      return object;
    }
    default:
      return readRaw(embedded(value));
  }
}

/** Reads seconds and nanoseconds; an unset time has neither. */
function readTime(message: Buffer, digits: 0 | 6): Json {
  const seconds = signed(fieldOf(message, 1));
  if (seconds === 0) return null;
  const whole = timestamp(seconds * 1_000);
  if (digits === 0) return whole;
  const micros = Math.floor(signed(fieldOf(message, 2)) / 1_000);
  return whole.replace('Z', `.${String(micros).padStart(digits, '0')}Z`);
}

function readIntOrString(message: Buffer): Json {
  const isText = signed(fieldOf(message, 1)) === 1;
  return isText ? text(fieldOf(message, 3)) : signed(fieldOf(message, 2));
}

/** RawExtension and FieldsV1 carry JSON in their first field. */
function readRaw(message: Buffer): Json {
  const raw = text(fieldOf(message, 1));
  return raw === '' ? null : JSON.parse(raw);
}
