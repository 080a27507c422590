import { readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { groupVersionOf, kinds } from '../../api/kinds.ts';
import { type FieldType, fieldsOf } from '../decode/schema.ts';

/**
 * Writes ../decode/generated/go-types.json: the facts about Kubernetes' Go types that client-node's models lack, namely
 * protobuf field numbers and the fields that JSON omits while they are zero. Reads the sources of k8s.io/api in Go's
 * module cache, where the build of test/control-plane puts them. Run after an upgrade: `npm run generate:go-types`.
 */

const release = 'v0.36.2';

interface ProtoField {
  number: string;
  name: string;
  /** Full name, such as `k8s.io.api.core.v1.PodSpec`, or a scalar. */
  type: string;
}

interface GoField {
  name: string;
  isPointer: boolean;
  /** `omitempty`: omitted when it is empty, which a struct never is. */
  isOmitted: boolean;
  /** `omitzero`: omitted when all of it is zero. */
  isOmittedWhenZero: boolean;
}

/** Kinds that clients send and the server does not store. */
const sentOnly: readonly (readonly [key: string, model: string, message: string])[] = [
  ['DeleteOptions', 'V1DeleteOptions', 'k8s.io.apimachinery.pkg.apis.meta.v1.DeleteOptions'],
  [
    'authentication.k8s.io/v1 TokenRequest',
    'AuthenticationV1TokenRequest',
    'k8s.io.api.authentication.v1.TokenRequest',
  ],
  ['policy/v1 Eviction', 'V1Eviction', 'k8s.io.api.policy.v1.Eviction'],
  ['v1 Binding', 'V1Binding', 'k8s.io.api.core.v1.Binding'],
  ['autoscaling/v1 Scale', 'V1Scale', 'k8s.io.api.autoscaling.v1.Scale'],
];

/** Go's module cache. */
const cache = process.env.GOMODCACHE ?? join(homedir(), 'go', 'pkg', 'mod');
const packages = new Map<string, { messages: Map<string, ProtoField[]>; structs: Map<string, GoField[]> }>();

function packageOf(name: string) {
  let found = packages.get(name);
  if (found === undefined) {
    const [module, ...folders] = name.replace('k8s.io.', '').split('.');
    const folder = join(cache, 'k8s.io', `${module}@${release}`, ...folders);
    found = {
      messages: parseMessages(name, readFileSync(join(folder, 'generated.proto'), 'utf8')),
      structs: parseStructs(readFileSync(join(folder, 'types.go'), 'utf8')),
    };
    packages.set(name, found);
  }
  return found;
}

function parseStructs(text: string): Map<string, GoField[]> {
  const field = /^\s+\w+\s+([*[\]A-Za-z][^`\s]*)\s+`json:"(\w+)((?:,\w+)*)"/gm;
  const structs = text.matchAll(/^type (\w+) struct \{\n(.*?)^\}/gms);
  return new Map(
    structs.map(([, name = '', body = '']) => {
      const fields = body.matchAll(field).map(([, type = '', jsonName = '', options = '']) => ({
        name: jsonName,
        isPointer: type.startsWith('*'),
        isOmitted: options.includes('omitempty'),
        isOmittedWhenZero: options.includes('omitzero'),
      }));
      return [name, [...fields]];
    }),
  );
}

function parseMessages(packageName: string, text: string): Map<string, ProtoField[]> {
  const field = /^\s+(?:(?:optional|repeated) |map<string, )([\w.]+)>? (\w+) = (\d+);/gm;
  const messages = text.matchAll(/^message (\w+) \{\n(.*?)^\}/gms);
  return new Map(
    messages.map(([, message = '', body = '']) => {
      const fields = body.matchAll(field).map(([, type = '', name = '', number = '']) => {
        return { type: fullName(packageName, type), name, number };
      });
      return [message, [...fields]];
    }),
  );
}

function fullName(packageName: string, type: string): string {
  if (type.startsWith('.')) return type.slice(1);
  return /^[a-z]/.test(type) ? type : `${packageName}.${type}`;
}

const table: Record<string, string> = {};
const omitted: Record<string, string> = {};
const zeros: Record<string, string> = {};
const models: Record<string, string> = {};

/** Records the model's message and the messages in it. `within`: the model that owns its fields. */
function note(model: string, message: string, within = model): void {
  const key = within === model ? model : message.split('.').slice(-3).join('.');
  if (table[key] !== undefined) return;
  table[key] = '';
  const dot = message.lastIndexOf('.');
  const source = packageOf(message.slice(0, dot));
  const fields = source.messages.get(message.slice(dot + 1));
  if (fields === undefined) throw new Error(`unknown message ${message}`);
  const known = fieldsOf(within);
  const goFields = source.structs.get(message.slice(dot + 1)) ?? [];
  const leftOut = goFields.filter((field) => isLeftOut(field, known.get(field.name))).map(({ name }) => name);
  omitted[within] = joined(omitted[within], leftOut);
  const zero = goFields.flatMap((field) => zeroOf(field, known.get(field.name)) ?? []);
  zeros[within] = joined(zeros[within], zero);
  const parts = fields.map(({ number, name: nameInProto, type }) => {
    // A few have a capital letter in the proto file only: `Name` of Variable.
    const name = known.has(nameInProto) ? nameInProto : nameInProto.replace(/^./, (first) => first.toLowerCase());
    const field = known.get(name);
    if (field === undefined) {
      if (!type.includes('.')) return undefined;
      // Go embeds it, so its fields are the parent's in JSON.
      note(type, type, within);
      return `${number} >${type.split('.').slice(-3).join('.')}`;
    }
    const inner = innerModel(field);
    if (inner !== undefined) note(inner, type);
    return `${number} ${name}${type.endsWith('.Quantity') ? ' quantity' : ''}`;
  });
  table[key] = parts.filter((part) => part !== undefined).join(',');
}

function joined(before: string | undefined, more: string[]): string {
  return [...(before ? [before] : []), ...more].join(',');
}

const scalars = ['string', 'boolean', 'int32', 'int64', 'float'];

function isLeftOut({ isPointer, isOmitted }: GoField, type: FieldType | undefined): boolean {
  return type !== undefined && !isPointer && isOmitted && scalars.includes(type.is);
}

/** The value that Go writes for an unset field; undefined when it omits the field. */
function zeroOf(field: GoField, type: FieldType | undefined): string | undefined {
  const { name, isPointer, isOmitted, isOmittedWhenZero } = field;
  if (type === undefined || isOmittedWhenZero || name === 'metadata') return undefined;
  if (isPointer) return isOmitted ? undefined : `${name} null`;
  // A struct is never empty, so omitempty does not omit it.
  if (type.is === 'object') return `${name} {}`;
  if (type.is === 'time' || type.is === 'microTime') return `${name} null`;
  if (isOmitted || type.is === 'any') return undefined;
  if (type.is === 'boolean') return `${name} false`;
  if (type.is === 'string') return `${name} ""`;
  return type.is === 'int32' || type.is === 'int64' || type.is === 'float' ? `${name} 0` : `${name} null`;
}

function innerModel(field: FieldType): string | undefined {
  if (field.is === 'list' || field.is === 'map') return innerModel(field.of);
  return field.is === 'object' ? field.name : undefined;
}

for (const kind of kinds) {
  const group = kind.group === '' ? 'core' : (kind.group.split('.')[0] as string);
  models[`${groupVersionOf(kind)} ${kind.kind}`] = kind.model;
  note(kind.model, `k8s.io.api.${group}.${kind.version}.${kind.kind}`);
}
for (const [key, model, message] of sentOnly) {
  models[key] = model;
  note(model, message);
}
function filled(lists: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(lists).filter(([, list]) => list !== ''));
}

const path = join(import.meta.dirname, '..', 'decode', 'generated', 'go-types.json');
writeFileSync(
  path,
  `${JSON.stringify({ models, messages: table, omitted: filled(omitted), zeros: filled(zeros) }, undefined, 1)}\n`,
);
