import { ApiError } from '../../../api/api-error.ts';
import type { Json } from '../../../api/json.ts';
import type { Kind } from '../../../api/kinds.ts';
import { DecodeError, decode } from '../../decode/decode.ts';
import { jsonPatched } from '../../patch/json-patch.ts';
import { rulesOf } from '../../rules.ts';
import type { Expression } from './expressions.ts';
import { fromCel, type Inputs } from './inputs.ts';
import type { JsonPatchLiteral } from './json-patch-literals.ts';

/** Whether all conditions hold; throws an Error if one fails and none is false (matchconditions/matcher.go). */
export function conditionsHold(conditions: readonly Expression[], inputs: Inputs): boolean {
  const errors: string[] = [];
  for (const condition of conditions) {
    try {
      if (condition.evaluate(inputs) === false) return false;
    } catch (error) {
      errors.push((error as Error).message);
    }
  }
  if (errors.length === 0) return true;
  throw new Error(errors.length === 1 ? errors[0] : `[${[...new Set(errors)].join(', ')}]`);
}

/** The object with the patch that the mutation returns; throws an Error that the failure policy decides about. */
export function mutatedBy(mutation: Expression, inputs: Inputs, object: Json, kind: Kind): Json {
  const patch = mutation.evaluate(inputs) as JsonPatchLiteral[];
  let patched = object;
  for (const { op, path, from, value } of patch) {
    const operation = { op, path, ...(from !== '' && { from }), ...(value !== undefined && { value: fromCel(value) }) };
    try {
      patched = jsonPatched(patched, [operation]);
    } catch {
      // A failed test keeps the whole patch from being applied, and is no error.
      if (op === 'test') return object;
      throw new Error(`JSON Patch: ${op} operation does not apply: doc is missing path: "${path}": missing value`);
    }
  }
  const decoded = strictlyDecoded(kind, patched);
  rulesOf(kind.resource).defaults?.(decoded);
  return decoded;
}

/** A wrong type or an unknown field fails the request whatever the failure policy is (mutating/patch/json_patch.go). */
function strictlyDecoded(kind: Kind, object: Json): Json {
  const refuse = (why: string) =>
    new ApiError(500, 'InternalError', `Internal error occurred: ${why}`, { causes: [{ message: why }] });
  try {
    const { value, unknown } = decode(kind.model, object);
    if (unknown.length === 0) return value;
    const fields = unknown.map((field) => `unknown field ${JSON.stringify(field)}`);
    throw refuse(`strict decoding error: ${fields.join(', ')}`);
  } catch (error) {
    throw error instanceof DecodeError ? refuse(error.message) : error;
  }
}
