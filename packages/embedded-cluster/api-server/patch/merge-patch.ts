import { copyOf, isMap, type Json } from '../../api/json.ts';

/** RFC 7386: null removes, maps merge, other values replace. Does not change the target. */
export function mergePatched(target: Json, patch: Json): Json {
  if (!isMap(patch)) return copyOf(patch);
  const merged: Json = isMap(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else merged[key] = mergePatched(merged[key], value);
  }
  return merged;
}
