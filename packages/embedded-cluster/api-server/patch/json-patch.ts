import { applyPatch, type Operation, Pointer } from 'rfc6902';
import { ApiError, badRequest } from '../../api/api-error.ts';
import { isMap, type Json } from '../../api/json.ts';

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
  const patched = renamed(target, mark);
  for (const { path, ...operation } of patch) {
    const place = typeof path === 'string' ? path.split('/').map(mark).join('/') : path;
    if (applies(patched, { ...renamed(operation, mark), path: place })) continue;
    throw new ApiError(422, 'Invalid', 'the server rejected our request due to an error in our request', {});
  }
  return renamed(patched, unmark);
}

/**
 * Applies it like evanphx/json-patch: if the parent exists, `replace` adds a missing key, and `test` finds null under
 * one. Returns whether it applies.
 */
function applies(patched: Json, operation: Operation): boolean {
  try {
    const { parent, value } = Pointer.fromJSON(operation.path).evaluate(patched);
    if (operation.op === 'test' && (parent ?? null) !== null && (operation.value ?? value ?? null) === null)
      return true;
    const isAdded = operation.op === 'replace' && isMap(parent);
    return applyPatch(patched, [isAdded ? { ...operation, op: 'add' } : operation])[0] === null;
  } catch {
    // A malformed JSON pointer or an unknown operation.
    return false;
  }
}

const MARK = '\u0000';

/** rfc6902 refuses the key `constructor`, and finds such keys in maps that only inherit them. */
function mark(key: string): string {
  return key in Object.prototype || key === 'prototype' ? `${key}${MARK}` : key;
}

function unmark(key: string): string {
  return key.endsWith(MARK) ? key.slice(0, -MARK.length) : key;
}

/** A copy with other keys. */
function renamed(value: Json, rename: (key: string) => string): Json {
  if (Array.isArray(value)) return value.map((each) => renamed(each, rename));
  if (!isMap(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [rename(key), renamed(each, rename)]));
}
