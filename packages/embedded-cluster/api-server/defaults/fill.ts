import { isMap, type Json } from '../../api/json.ts';

/**
 * Sets the fields that are unset: in maps, which are created unless their name ends with `?`, and in each item of a
 * list, for which `[defaults]` stands.
 */
export function fill(target: Json, defaults: Json): void {
  for (const name in defaults) {
    const { [name]: value } = defaults;
    const isOptional = name.endsWith('?');
    const field = isOptional ? name.slice(0, -1) : name;
    if (Array.isArray(value)) {
      for (const item of target[field] ?? []) fill(item, value[0]);
    } else if (!isMap(value)) {
      target[field] ??= value;
    } else if (!isOptional || target[field]) {
      target[field] ??= {};
      fill(target[field], value);
    }
  }
}

/** The defaults of a kind whose fields do not depend on each other. */
export function filled(defaults: Json): (object: Json) => void {
  return (object) => fill(object, defaults);
}
