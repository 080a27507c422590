import { type ApiError, badRequest, invalid, invalidOptions } from '../../api/api-error.ts';
import type { Json } from '../../api/json.ts';
import { groupVersionOf, type Kind, kinds } from '../../api/kinds.ts';
import { decodeOr } from '../decode/decode.ts';
import { duplicateFields } from '../decode/duplicate-fields.ts';
import { notSupported } from '../validation/field-error.ts';
import { toStored } from '../versions.ts';
import type { Exchange } from './exchange.ts';

type Strictness = 'Strict' | 'Warn' | 'Ignore';

function strictnessOf(exchange: Exchange): Strictness {
  const given = exchange.params.get('fieldValidation');
  if (given === null || given === '') return 'Warn';
  if (given === 'Strict' || given === 'Warn' || given === 'Ignore') return given;
  throw invalidOptions(exchange.optionsKind, notSupported('fieldValidation', given, ['', 'Ignore', 'Strict', 'Warn']));
}

/** The errors of a strict decoder: duplicate and unknown fields. */
function strictErrors(text: string, unknown: readonly string[]): string[] {
  return [
    ...duplicateFields(text).map((field) => `duplicate field ${JSON.stringify(field)}`),
    ...unknown.map((field) => `unknown field ${JSON.stringify(field)}`),
  ];
}

/** Refuses the object, warns of dropped fields or ignores them, as the client asked. */
function report(exchange: Exchange, errors: readonly string[], refuse: (why: string) => ApiError): void {
  const strictness = strictnessOf(exchange);
  if (errors.length > 0 && strictness === 'Strict') throw refuse(`strict decoding error: ${errors.join(', ')}`);
  if (strictness === 'Warn') for (const error of errors) exchange.warn(error);
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
  const { value, unknown } = decodeOr(kind.model, body, (error) => refuse(error.message));
  report(exchange, strictErrors(exchange.sentText, unknown), refuse);
  return toStored(kind, value);
}

/** Checks a patched object and converts it to the stored version. */
export function patchedObject(exchange: Exchange, kind: Kind, patched: Json, shown: string, isInMemory: boolean): Json {
  const refuse = (why: string) =>
    invalid({ group: '', kind: '' }, '', [
      { reason: 'FieldValueInvalid', message: `Invalid value: ${JSON.stringify(shown)}: ${why}`, field: 'patch' },
    ]);
  const { value, unknown } = decodeOr(kind.model, patched, (error) =>
    refuse(isInMemory ? error.inMemory : error.message),
  );
  report(exchange, strictErrors(exchange.sentText, unknown), refuse);
  return toStored(kind, value);
}
