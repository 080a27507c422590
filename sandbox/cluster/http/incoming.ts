import { ApiError, badRequest, invalid } from '../api-error.ts';
import { type Decoded, DecodeError, decode } from '../decode.ts';
import type { Json } from '../json.ts';
import { groupVersionOf, type Kind, kinds } from '../kinds.ts';
import { toStored } from '../versions.ts';
import type { Exchange } from './exchange.ts';

type Strictness = 'Strict' | 'Warn' | 'Ignore';

function strictnessOf({ params }: Exchange): Strictness {
  const given = params.get('fieldValidation');
  if (given === null || given === '') return 'Warn';
  if (given === 'Strict' || given === 'Warn' || given === 'Ignore') return given;
  const supported = '"Ignore", "Strict", "Warn"';
  const message = `fieldValidation: Unsupported value: ${JSON.stringify(given)}: supported values: ${supported}`;
  throw new ApiError(422, 'Invalid', `Options.meta.k8s.io "" is invalid: ${message}`);
}

function unknownFields(fields: readonly string[]): string[] {
  return fields.map((field) => `unknown field ${JSON.stringify(field)}`);
}

/** The object in a POST or PUT, as it is stored. */
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
    // The place in the code is part of the real message.
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
  const { value, unknown } = decoded(kind.model, body, (error) => refuse(error.message));
  const strictness = strictnessOf(exchange);
  if (unknown.length > 0 && strictness === 'Strict') {
    throw refuse(`strict decoding error: ${unknownFields(unknown).join(', ')}`);
  }
  if (strictness === 'Warn') for (const field of unknownFields(unknown)) exchange.warn(field);
  return toStored(kind, value);
}

/** What a patch has made of an object, checked and in the form that is stored. */
export function patchedObject(exchange: Exchange, kind: Kind, patched: Json, shown: string, isInMemory: boolean): Json {
  const refuse = (why: string) =>
    invalid({ group: '', kind: '' }, '', [
      { reason: 'FieldValueInvalid', message: `Invalid value: ${JSON.stringify(shown)}: ${why}`, field: 'patch' },
    ]);
  const { value, unknown } = decoded(kind.model, patched, (error) =>
    refuse(isInMemory ? error.inMemory : error.message),
  );
  const strictness = strictnessOf(exchange);
  if (unknown.length > 0 && strictness === 'Strict') {
    throw refuse(`strict decoding error: ${unknownFields(unknown).join(', ')}`);
  }
  if (strictness === 'Warn') for (const field of unknownFields(unknown)) exchange.warn(field);
  return toStored(kind, value);
}

function decoded(model: string, value: Json, refusal: (error: DecodeError) => ApiError): Decoded {
  try {
    return decode(model, value);
  } catch (error) {
    throw error instanceof DecodeError ? refusal(error) : error;
  }
}
