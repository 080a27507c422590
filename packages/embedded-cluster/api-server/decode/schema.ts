import { createRequire } from 'node:module';

/** The type of one field or item. */
export type FieldType =
  | { is: 'string' | 'bytes' | 'boolean' | 'float' | 'int32' | 'int64' | 'time' | 'microTime' | 'intOrString' | 'any' }
  | { is: 'list'; of: FieldType }
  | { is: 'map'; of: FieldType }
  | { is: 'object'; name: string };

/** The fields of one Go struct by their names in JSON. */
export type Fields = ReadonlyMap<string, FieldType>;

interface Attribute {
  name: string;
  baseName: string;
  type: string;
  format: string;
}

interface Model {
  getAttributeTypeMap(): Attribute[];
}

/** Loads models one by one: all 900 take a quarter of a second. */
const require = createRequire(import.meta.url);

const scalars: Record<string, FieldType> = {
  string: { is: 'string' },
  boolean: { is: 'boolean' },
  Date: { is: 'time' },
  V1MicroTime: { is: 'microTime' },
  IntOrString: { is: 'intOrString' },
  any: { is: 'any' },
  object: { is: 'any' },
};

const fieldsByModel = new Map<string, Fields>();

/** The fields of a client-node model, which is generated from Kubernetes' OpenAPI. */
export function fieldsOf(model: string): Fields {
  let fields = fieldsByModel.get(model);
  if (fields === undefined) {
    fields = new Map(attributesOf(model).map(({ baseName, type, format }) => [baseName, typeOf(type, format)]));
    fieldsByModel.set(model, fields);
  }
  return fields;
}

function attributesOf(model: string): Attribute[] {
  const loaded: Record<string, Model> = require(`@kubernetes/client-node/dist/gen/models/${model}.js`);
  const found = loaded[model];
  if (found === undefined) throw new Error(`client-node has no model ${model}`);
  return found.getAttributeTypeMap();
}

function typeOf(type: string, format: string): FieldType {
  if (type === 'number') return { is: format === 'int32' || format === 'int64' ? format : 'float' };
  // Only byte arrays (Secret data) have this format; JSON carries them as base64.
  if (type === 'string' && format === 'byte') return { is: 'bytes' };
  const list = /^Array<(.+)>$/.exec(type);
  if (list) return { is: 'list', of: typeOf(list[1] as string, format) };
  const map = /^\{ \[key: string\]: (.+); \}$/.exec(type);
  if (map) return { is: 'map', of: typeOf(map[1] as string, format) };
  return scalars[type] ?? { is: 'object', name: type };
}

/** The struct's name in Go's messages: ObjectMeta for `V1ObjectMeta`, Event for `CoreV1Event`. */
export function structName(model: string): string {
  return model.replace(/^[A-Z]?[a-z]*V\d+((alpha|beta)\d+)?/, '');
}

/** The type's name in Go's messages. */
export function goName(type: FieldType): string {
  switch (type.is) {
    case 'list':
      return `[]${goName(type.of)}`;
    case 'map':
      return `map[string]${goName(type.of)}`;
    case 'object':
      return `${/V\d+((alpha|beta)\d+)?/.exec(type.name)?.[0].toLowerCase() ?? 'v1'}.${structName(type.name)}`;
    case 'boolean':
      return 'bool';
    case 'float':
      return 'float64';
    case 'bytes':
      return '[]uint8';
    default:
      return type.is;
  }
}
