import { parse } from 'yaml';
import { ApiError, badRequest, conflict, invalid, invalidOptions } from '../../api/api-error.ts';
import { copyOf, isMap, type Json } from '../../api/json.ts';
import { groupVersionOf, type Kind, kinds } from '../../api/kinds.ts';
import { decodeOr, undeclaredFields } from '../decode/decode.ts';
import { strictErrors } from '../decode/strict-errors.ts';
import type { Change, UpdateOptions } from '../lifecycle/update.ts';
import { jsonPatched } from '../patch/json-patch.ts';
import { mergePatched } from '../patch/merge-patch.ts';
import { goMap, strategicallyMerged } from '../patch/strategic.ts';
import { notSupported, required } from '../validation/field.ts';
import { served, toStored } from '../versions.ts';
import { type Exchange, jsonMistake } from './exchange.ts';
import type { Target } from './target.ts';

/**
 * The given object in the stored version. Refuses duplicate and unknown fields, warns of them or ignores them, as the
 * client asked.
 */
function stored(
  exchange: Exchange,
  kind: Kind,
  given: Json,
  refuse: (why: string) => ApiError,
  isInMemory = false,
): Json {
  const { value, unknown } = decodeOr(kind.model, given, (error) =>
    refuse(isInMemory ? error.inMemory : error.message),
  );
  const strictness = exchange.params.get('fieldValidation') || 'Warn';
  if (!['Ignore', 'Strict', 'Warn'].includes(strictness)) {
    const cause = notSupported('fieldValidation', strictness, ['', 'Ignore', 'Strict', 'Warn']);
    throw invalidOptions(exchange.optionsKind, cause);
  }
  // The fields of a patched object are looked at after those of the patch.
  const errors =
    exchange.request.method === 'PATCH'
      ? [...strictErrors(exchange.sentText, []), ...strictErrors('', unknown)]
      : strictErrors(exchange.sentText, unknown);
  if (errors.length > 0 && strictness === 'Strict') throw refuse(`strict decoding error: ${errors.join(', ')}`);
  if (strictness === 'Warn') for (const error of errors) exchange.warn(error);
  return toStored(kind, value);
}

/** Reads the object in a POST or PUT, in the stored version. */
export async function incomingObject(exchange: Exchange, kind: Kind): Promise<Json> {
  const body = (await exchange.body(kind.kind)) ?? {};
  body.kind ??= kind.kind;
  const groupVersion = body.apiVersion ?? groupVersionOf(kind);
  const [, version = groupVersion] = groupVersion.split('/');
  const refuse = (why: string) =>
    badRequest(`${body.kind} in version "${version}" cannot be handled as a ${kind.kind}: ${why}`);
  const given = kinds.find((each) => groupVersionOf(each) === groupVersion && each.kind === body.kind);
  const expected = groupVersionOf(kind);
  if (given === undefined && (groupVersion !== expected || body.kind !== kind.kind)) {
    // The real message names this place in the code.
    const where = 'in scheme "pkg/runtime/scheme.go:111"';
    throw refuse(`no kind "${body.kind}" is registered for version "${groupVersion}" ${where}`);
  }
  if (given !== undefined && given.kind !== kind.kind) {
    const internal = `${kind.group === '' ? 'core' : kind.group.split('.')[0]}.${kind.kind}`;
    throw refuse(`converting (${version}.${given.kind}) to (${internal}): unknown conversion`);
  }
  if (groupVersion !== expected) {
    const why = `does not match the expected API version (${expected})`;
    throw badRequest(`the API version in the data (${groupVersion}) ${why}`);
  }
  return stored(exchange, kind, body, refuse);
}

/** What a PUT or PATCH makes of the current object. */
export interface Incoming {
  change: Change;
  mayCreate: UpdateOptions['mayCreate'];
}

/** Reads the change in a PUT or PATCH of the target. `kind`: that of the body. */
export async function incomingChange(exchange: Exchange, target: Target, kind = target.kind): Promise<Incoming> {
  if (exchange.request.method === 'PATCH') return incomingPatch(exchange, kind);
  const object = await incomingObject(exchange, kind);
  checkName(object, target);
  const change: Change = (old) => {
    const uid = object.metadata.uid;
    if (old && uid && uid !== old.metadata.uid) throw otherUid(target, uid, old.metadata.uid);
    return copyOf(object);
  };
  return { change, mayCreate: 'by-put' };
}

function otherUid({ kind, namespace, name = '' }: Target, asked: string, actual: string): ApiError {
  const key = ['/registry', kind.resource, namespace, name].filter((part) => part !== undefined).join('/');
  const why = `Precondition failed: UID in precondition: ${asked}, UID in object meta: ${actual}`;
  const error = `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: ${why}`;
  return conflict(kind, name, error);
}

export function checkName(object: Json, { name, namespace }: Target): void {
  const named: string = object.metadata?.name ?? '';
  if (named === '') {
    throw badRequest(`the name of the object (${name} based on URL) was undeterminable: name must be provided`);
  }
  if (named !== name) {
    throw badRequest(`the name of the object (${named}) does not match the name on the URL (${name})`);
  }
  const within = object.metadata.namespace;
  if (namespace !== undefined && within && within !== namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
}

const json = 'application/json-patch+json';
const merge = 'application/merge-patch+json';
const strategic = 'application/strategic-merge-patch+json';
const apply = 'application/apply-patch+yaml';

/** Reads the patch in the request's body. */
async function incomingPatch(exchange: Exchange, kind: Kind): Promise<Incoming> {
  const type = (exchange.request.headers['content-type'] ?? '').split(';')[0]?.trim() as string;
  if (type === apply && !exchange.params.get('fieldManager')) {
    throw invalidOptions('PatchOptions', required('fieldManager', 'is required for apply patch'));
  }
  // The real server's router refuses it with this message.
  if (![json, merge, strategic, apply].includes(type)) {
    throw new ApiError(415, 'UnsupportedMediaType', '415: Unsupported Media Type', {});
  }
  const patch = read(await exchange.text(), type);
  const isInMemory = type === strategic;
  const change: Change = (current) => {
    const object = current === undefined ? {} : served(kind, current);
    if (type === apply) checkDeclared(kind, patch);
    const patched = patchedBy(type, kind, object, patch);
    const shown = JSON.stringify(isInMemory ? goMap(patch) : JSON.stringify(patched));
    const refuse = (why: string) => {
      const cause = { reason: 'FieldValueInvalid', message: `Invalid value: ${shown}: ${why}`, field: 'patch' };
      return invalid({ group: '', kind: '' }, '', [cause]);
    };
    return stored(exchange, kind, patched, refuse, isInMemory);
  };
  // Server-side apply creates a missing object; other patches do not.
  return { change, mayCreate: type === apply ? 'always' : 'never' };
}

function read(text: string, type: string): Json {
  let patch: Json;
  try {
    patch = type === apply ? parse(text) : JSON.parse(text);
  } catch (error) {
    const why = type === apply ? (error as Error).message : jsonMistake(text);
    throw badRequest(`error decoding patch: ${why}`);
  }
  if (type !== json && !isMap(patch)) {
    const why = 'json: cannot unmarshal array into Go value of type map[string]interface {}';
    throw badRequest(`error decoding patch: ${why}`);
  }
  return patch;
}

/**
 * Server-side apply refuses unknown fields however strict the client asked to be (managedfields/internal/structuredmerge.go,
 * Apply). Kubernetes names one field of each object in random order; this is the first.
 */
function checkDeclared(kind: Kind, patch: Json): void {
  const errors = undeclaredFields(kind.model, patch).map((path) => `.${path}: field not declared in schema`);
  if (errors.length === 0) return;
  const { namespace = '', name = '' } = patch.metadata ?? {};
  const object = `${namespace}/${name}; ${groupVersionOf(kind)}, Kind=${kind.kind}`;
  const why = errors.length === 1 ? errors[0] : `errors:\n${errors.map((each) => `  ${each}\n`).join('')}`;
  throw new ApiError(500, '', `failed to create typed patch object (${object}): ${why}`);
}

/**
 * Server-side apply is a strategic merge here: without field ownership there are no conflicts, and a field that an
 * earlier apply has set stays.
 */
function patchedBy(type: string, kind: Kind, object: Json, patch: Json): Json {
  if (type === json) return jsonPatched(object, patch);
  if (type === merge) return mergePatched(object, patch);
  return strategicallyMerged(kind.model, object, patch);
}
