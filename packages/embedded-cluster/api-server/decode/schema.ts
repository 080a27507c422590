import { createRequire } from 'node:module';
import { memo } from '../../api/memo.ts';
import goTypes from './generated/go-types.json' with { type: 'json' };

/** The type of one field or item. */
export type FieldType =
  | { is: 'string' | 'bytes' | 'quantity' | 'time' | 'microTime' | 'intOrString' | 'any' }
  | { is: 'boolean' | 'float' | 'int32' | 'int64' }
  | { is: 'list'; of: FieldType }
  | { is: 'map'; of: FieldType }
  | { is: 'object'; name: string };

/** The fields of one Go struct by their names in JSON. */
export type Fields = ReadonlyMap<string, FieldType>;

interface Attribute {
  baseName: string;
  type: string;
  format: string;
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

/** By model: in client-node's models, quantities are plain strings. */
const quantities: Readonly<Record<string, readonly string[]>> = goTypes.quantities;

/** The fields of a client-node model, which is generated from Kubernetes' OpenAPI. */
export const fieldsOf = memo((model: string): Fields => {
  const loaded = require(`@kubernetes/client-node/dist/gen/models/${model}.js`);
  const attributes: Attribute[] = loaded[model].getAttributeTypeMap();
  return new Map(
    attributes.map(({ baseName, type, format }) => {
      return [baseName, typeOf(type, quantities[model]?.includes(baseName) ? 'quantity' : format)];
    }),
  );
});

function typeOf(type: string, format: string): FieldType {
  if (type === 'number') return { is: format === 'int32' || format === 'int64' ? format : 'float' };
  // Only byte arrays (Secret data) have this format; JSON carries them as base64.
  if (type === 'string' && format === 'byte') return { is: 'bytes' };
  if (type === 'string' && format === 'quantity') return { is: 'quantity' };
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

const goNames: Partial<Record<FieldType['is'], string>> = {
  boolean: 'bool',
  float: 'float64',
  bytes: '[]uint8',
  quantity: 'string',
};

/** The type's name in Go's messages. */
export function goName(type: FieldType): string {
  if (type.is === 'list') return `[]${goName(type.of)}`;
  if (type.is === 'map') return `map[string]${goName(type.of)}`;
  if (type.is !== 'object') return goNames[type.is] ?? type.is;
  return `${/V\d+((alpha|beta)\d+)?/.exec(type.name)?.[0].toLowerCase() ?? 'v1'}.${structName(type.name)}`;
}
