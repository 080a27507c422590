import { applyPatch, type Operation, Pointer } from 'rfc6902';
import { ApiError, badRequest } from '../../api/api-error.ts';
import { copyOf, isMap, type Json } from '../../api/json.ts';

const maxOperations = 10_000;

/**
 * RFC 6902 as the API server applies it. A failed `test` and a missing path get the same answer, which does not name
 * the operation (handlers/patch.go, applyJSPatch).
 */
export function jsonPatched(target: Json, patch: Json): Json {
  if (!Array.isArray(patch)) {
    const kind = typeof patch === 'object' ? 'object' : typeof patch;
    throw badRequest(
      `error decoding patch: json: cannot unmarshal ${kind} into Go value of type []handlers.jsonPatchOp`,
    );
  }
  if (patch.length > maxOperations) {
    const why = `The allowed maximum operations in a JSON patch is ${maxOperations}, got ${patch.length}`;
    throw new ApiError(413, 'RequestEntityTooLarge', `Request entity too large: ${why}`);
  }
  const patched = copyOf(target);
  for (const operation of patch as Operation[]) {
    if (passesOnMissingKey(patched, operation)) continue;
    if (!applies(patched, asApplied(patched, operation))) throw rejected();
  }
  return patched;
}

function applies(patched: Json, operation: Operation): boolean {
  try {
    return applyPatch(patched, [operation])[0] === null;
  } catch {
    // A malformed JSON pointer or an unknown operation.
    return false;
  }
}

/** `replace` adds a missing key if its parent exists (evanphx/json-patch). */
function asApplied(patched: Json, operation: Operation): Operation {
  if (operation.op !== 'replace') return operation;
  try {
    const { parent } = Pointer.fromJSON(operation.path).evaluate(patched);
    return isMap(parent) ? { ...operation, op: 'add' } : operation;
  } catch {
    return operation;
  }
}

function rejected(): ApiError {
  return new ApiError(422, 'Invalid', 'the server rejected our request due to an error in our request', {});
}

/** `test` with null passes for a missing key if its parent exists (evanphx/json-patch). */
function passesOnMissingKey(patched: Json, operation: Operation): boolean {
  if (operation.op !== 'test' || (operation.value ?? null) !== null) return false;
  try {
    const { parent, value } = Pointer.fromJSON(operation.path).evaluate(patched);
    return parent !== null && parent !== undefined && (value === undefined || value === null);
  } catch {
    return false;
  }
}
