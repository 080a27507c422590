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
  const operations = patch as Operation[];
  if (!operations.some(({ path }) => typeof path === 'string' && path.split('/').some(isInherited)))
    return applied(copyOf(target), operations);
  const marked = operations.map((operation): Operation => {
    const { path, ...rest } = operation;
    return { ...renamed(rest, mark), path: typeof path === 'string' ? path.split('/').map(mark).join('/') : path };
  });
  return renamed(applied(renamed(target, mark), marked), unmark);
}

function applied(patched: Json, operations: readonly Operation[]): Json {
  for (const operation of operations) {
    if (passesOnMissingKey(patched, operation)) continue;
    if (applies(patched, asApplied(patched, operation))) continue;
    throw new ApiError(422, 'Invalid', 'the server rejected our request due to an error in our request', {});
  }
  return patched;
}

/** rfc6902 refuses the key `constructor`, and finds such keys in maps that only inherit them. */
function isInherited(key: string): boolean {
  return key in Object.prototype || key === 'prototype';
}

const MARK = '\u0000';

function mark(key: string): string {
  return isInherited(key) ? `${key}${MARK}` : key;
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

function applies(patched: Json, operation: Operation): boolean {
  try {
    return applyPatch(patched, [operation])[0] === null;
  } catch {
    // A malformed JSON pointer or an unknown operation.
    return false;
  }
}

/** The place that the operation names; undefined for a malformed pointer and within a missing parent. */
function placeOf(patched: Json, operation: Operation): { parent: Json; value: Json } | undefined {
  try {
    return Pointer.fromJSON(operation.path).evaluate(patched);
  } catch {
    return undefined;
  }
}

/** `replace` adds a missing key if its parent exists (evanphx/json-patch). */
function asApplied(patched: Json, operation: Operation): Operation {
  const adds = operation.op === 'replace' && isMap(placeOf(patched, operation)?.parent);
  return adds ? { ...operation, op: 'add' } : operation;
}

/** `test` with null passes for a missing key if its parent exists (evanphx/json-patch). */
function passesOnMissingKey(patched: Json, operation: Operation): boolean {
  if (operation.op !== 'test' || (operation.value ?? null) !== null) return false;
  const { parent, value } = placeOf(patched, operation) ?? {};
  return (parent ?? null) !== null && (value ?? null) === null;
}
