import { readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { Root, Type } from 'protobufjs';
import { groupVersionOf, type Kind, kinds } from '../../api/kinds.ts';
import { type FieldType, fieldsOf } from '../decode/schema.ts';

/**
 * Writes the facts about Kubernetes' Go types that client-node's models lack: ../decode/generated/go-types.json has the
 * fields that JSON omits while they are zero, and generated/messages.json the protobuf messages. Reads the sources of
 * k8s.io/api in Go's module cache, where the build of test/control-plane puts them. Run after an upgrade:
 * `npm run generate:go-types`.
 */

const release = 'v0.36.2';

/** Kinds that clients send and the server does not store. */
const sentOnly: readonly Pick<Kind, 'group' | 'version' | 'kind' | 'model'>[] = [
  { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest', model: 'AuthenticationV1TokenRequest' },
  { group: 'policy', version: 'v1', kind: 'Eviction', model: 'V1Eviction' },
  { group: '', version: 'v1', kind: 'Binding', model: 'V1Binding' },
  { group: 'autoscaling', version: 'v1', kind: 'Scale', model: 'V1Scale' },
];

const models: Record<string, string> = {};
/** Messages in protobufjs' notation by model, or by their own name where JSON has no model of them. */
const nested: Record<string, object> = {};
const omitted: Record<string, string[]> = {};
const zeros: Record<string, Record<string, unknown>> = {};
const quantities: Record<string, string[]> = {};

/** Go's module cache. */
const cache = process.env.GOMODCACHE ?? join(homedir(), 'go', 'pkg', 'mod');
const root = new Root();
root.resolvePath = (_origin, target) => join(cache, target.replace(/^k8s\.io\/[\w-]+/, `$&@${release}`));

/** Loads the package of a message, such as `api.core.v1.Pod`. */
function messageOf(name: string): Type {
  root.loadSync(`k8s.io/${name.split('.').slice(0, -1).join('/')}/generated.proto`, { keepCase: true });
  return root.lookupType(`k8s.io.${name}`);
}

/** Records a message and the messages in it. `model`: the one that has its fields in JSON, if any. */
function note(key: string, message: Type, model: string | undefined): void {
  if (nested[key] !== undefined) return;
  const fields: Record<string, object> = {};
  nested[key] = { edition: 'proto2', fields };
  if (model !== undefined) noteZeros(model, message);
  for (const field of message.fieldsArray) {
    const { id, repeated, map, type, resolvedType } = field.resolve();
    const known = model === undefined ? new Map<string, FieldType>() : fieldsOf(model);
    // A few differ in the case of letters: `Name` of Variable, `uID` of BoundObjectReference.
    const name = known.keys().find((each) => each.toLowerCase() === field.name.toLowerCase()) ?? field.name;
    const of = known.get(name);
    const options = { ...(repeated && { rule: 'repeated' }), ...(map && { keyType: 'string' }), id };
    if (!(resolvedType instanceof Type)) {
      fields[name] = { ...options, type };
      continue;
    }
    // Go embeds it if the model does not have it, so its fields are the model's in JSON.
    const isInline = model !== undefined && of === undefined;
    const inner = of && innerModel(of);
    note(inner ?? resolvedType.name, resolvedType, isInline ? model : inner);
    fields[name] = { ...options, type: inner ?? resolvedType.name, ...(isInline && { options: { inline: true } }) };
    if (model !== undefined && resolvedType.name === 'Quantity')
      quantities[model] = [...(quantities[model] ?? []), name];
  }
}

function innerModel(field: FieldType): string | undefined {
  if (field.is === 'list' || field.is === 'map') return innerModel(field.of);
  return field.is === 'object' ? field.name : undefined;
}

const zeroOf: Record<string, unknown> = { string: '', quantity: '', boolean: false, int32: 0, int64: 0, float: 0 };

/** Records which fields of a Go struct JSON omits while they are zero, and which it always has. */
function noteZeros(model: string, { name: struct, filename }: Type): void {
  const source = readFileSync(join(dirname(filename ?? ''), 'types.go'), 'utf8');
  const [, body = ''] = new RegExp(`^type ${struct} struct \\{\n(.*?)^\\}`, 'ms').exec(source) ?? [];
  const goFields = body.matchAll(/^\s+\w+\s+([*[\]A-Za-z][^`\s]*)\s+`json:"(\w+)((?:,\w+)*)"/gm);
  for (const [, type = '', name = '', options = ''] of goFields) {
    const is = fieldsOf(model).get(name)?.is;
    if (is === undefined) continue;
    const isPointer = type.startsWith('*');
    const isOmitted = options.includes('omitempty');
    if (isOmitted && !isPointer && is in zeroOf) omitted[model] = [...(omitted[model] ?? []), name];
    // A struct is never empty, so omitempty does not omit it.
    const isStruct = !isPointer && ['object', 'time', 'microTime'].includes(is);
    const isUnset = isOmitted ? !isStruct : is === 'any' && !isPointer;
    if (isUnset || options.includes('omitzero') || name === 'metadata') continue;
    const written = is === 'object' ? {} : (zeroOf[is] ?? null);
    zeros[model] = { ...zeros[model], [name]: isPointer ? null : written };
  }
}

for (const kind of [...kinds, ...sentOnly]) {
  const group = kind.group === '' ? 'core' : kind.group.split('.')[0];
  models[`${groupVersionOf(kind)} ${kind.kind}`] = kind.model;
  note(kind.model, messageOf(`api.${group}.${kind.version}.${kind.kind}`), kind.model);
}
models.DeleteOptions = 'V1DeleteOptions';
note('V1DeleteOptions', messageOf('apimachinery.pkg.apis.meta.v1.DeleteOptions'), 'V1DeleteOptions');
note('Unknown', messageOf('apimachinery.pkg.runtime.Unknown'), undefined);

/** Writes JSON with a line for each entry of each table. */
function write(path: string, tables: Record<string, object>): void {
  const texts = Object.entries(tables).map(([name, table]) => {
    const lines = Object.entries(table).map(([key, value]) => `  ${JSON.stringify(key)}: ${JSON.stringify(value)}`);
    return `"${name}": {\n${lines.join(',\n')}\n}`;
  });
  writeFileSync(join(import.meta.dirname, path), `{\n${texts.join(',\n')}\n}\n`);
}

write('../decode/generated/go-types.json', { omitted, zeros, quantities });
write('generated/messages.json', { models, nested });
