import { isMap, type Json } from '../../api/json.ts';

/** Sets the fields that are unset: in maps, which are created, and in each item of a list, for which `[defaults]` stands. */
export function fill(target: Json, defaults: Json): void {
  for (const [field, value] of Object.entries<Json>(defaults)) {
    if (Array.isArray(value)) {
      for (const item of target[field] ?? []) fill(item, value[0]);
    } else if (isMap(value)) {
      target[field] ??= {};
      fill(target[field], value);
    } else {
      target[field] ??= value;
    }
  }
}

/** The defaults of a kind whose fields do not depend on each other. */
export function filled(defaults: Json): (object: Json) => void {
  return (object) => fill(object, defaults);
}
