import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Root, Type } from 'protobufjs/light.js';
import type { Json } from '../../api/json.ts';
import { memo } from '../../api/memo.ts';
import { timestamp } from '../../api/time.ts';

/** Loads the library with the first protobuf body. */
const require = createRequire(import.meta.url);
const library = (): typeof import('protobufjs/light.js') => require('protobufjs/light.js');

/** A protobuf body is `k8s`, a zero byte, and a runtime.Unknown with the kind and the object. */
const magic = Buffer.from('k8s\0');

/** A body that is not a message of a known kind. */
export class ProtobufError extends Error {
  override readonly name = 'ProtobufError';
}

/** The object in a protobuf body as JSON. kubectl's typed commands (create, drain, auth) send protobuf. */
export function fromProtobuf(body: Buffer): Json {
  if (!body.subarray(0, magic.length).equals(magic)) {
    throw new ProtobufError('provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]');
  }
  const { typeMeta: { apiVersion = '', kind = '' } = {}, raw = '' } = read('Unknown', body.subarray(magic.length));
  const { models } = messages();
  const model = models[`${apiVersion} ${kind}`] ?? models[kind];
  if (model === undefined)
    throw new ProtobufError(`no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)}`);
  return { apiVersion, kind, ...read(model, Buffer.from(raw, 'base64')) };
}

function read(message: string, bytes: Buffer): Json {
  const type = messages().root.lookupType(message);
  try {
    return type.toObject(type.decode(bytes), { longs: Number, bytes: String });
  } catch (error) {
    throw new ProtobufError(error instanceof RangeError ? 'unexpected EOF' : (error as Error).message);
  }
}

/** The messages by client-node's models, and the models by `apps/v1 Deployment`; written by generate.ts. */
const messages = memo((): { models: Record<string, string>; root: Root } => {
  const { models, ...json } = JSON.parse(readFileSync(new URL('./generated/messages.json', import.meta.url), 'utf8'));
  const root = library().Root.fromJSON(json);
  for (const type of root.nestedArray as Type[]) {
    const asJson = written[type.name] ?? inlined(type);
    if (asJson === undefined) continue;
    const { toObject } = type.setup();
    type.toObject = (message, options) => asJson(toObject.call(type, message, options));
  }
  return { models, root };
});

/** Messages that JSON writes as another value. */
const written: Record<string, (message: Json) => Json> = {
  Quantity: ({ string = '' }) => string,
  IntOrString: ({ type, intVal = 0, strVal = '' }) => (type === 1 ? strVal : intVal),
  // An unset time has no seconds.
  Time: ({ seconds }) => (seconds ? timestamp(seconds * 1_000) : null),
  MicroTime({ seconds, nanos = 0 }) {
    const micros = String(Math.floor(nanos / 1_000)).padStart(6, '0');
    return seconds ? timestamp(seconds * 1_000).replace('Z', `.${micros}Z`) : null;
  },
  ExtraValue: ({ items = [] }) => items,
  RawExtension: ({ raw }) => parsed(raw),
  FieldsV1: ({ Raw }) => parsed(Raw),
};

function parsed(base64: string | undefined): Json {
  return base64 ? JSON.parse(Buffer.from(base64, 'base64').toString('utf8')) : null;
}

/** The fields of an embedded struct belong to its parent in JSON. */
function inlined({ fieldsArray }: Type): ((message: Json) => Json) | undefined {
  const field = fieldsArray.find(({ options }) => options?.inline);
  return field && (({ [field.name]: embedded, ...own }) => ({ ...own, ...embedded }));
}
