import type { KubeObject } from '../../api/api.ts';
import { isMap, type Json } from '../../api/json.ts';
import type { Cluster } from '../cluster.ts';
import type { Part } from '../part.ts';
import type { Field } from '../validation/field.ts';

/** How one kind defaults, prepares and validates its objects. The prepare functions change the object in place. */
export interface Rules {
  defaults?(object: Json): void;
  /** What the admission plugins add to a new object. It runs again after policies, so a second run changes nothing. */
  admitNew?(object: Json, cluster: Cluster): void;
  prepareNew?(object: Json, cluster: Cluster): void;
  prepareChange?(object: Json, old: KubeObject, cluster: Cluster, part: Part): void;
  prepareStatus?(object: Json, old: KubeObject): void;
  checkNew?(object: Field): void;
  /** Default: the one of a new object. */
  checkChange?(object: Field, old: KubeObject, part: Part): void;
  /** Fields of the spec. */
  immutable?: readonly string[];
}

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

/** Clients may omit a spec that has only defaults. */
export function withSpec(defaults: (object: Json) => void): (object: Json) => void {
  return (object) => {
    object.spec ??= {};
    defaults(object);
  };
}

/** Clients do not set the status of a new object. */
export function withStatus(status: object): (object: Json) => void {
  return (object) => {
    object.status = structuredClone(status);
  };
}

/** Takes over a field of the old object, or its absence. */
export function keep(object: Json, old: Json, field: string): void {
  if (old[field] === undefined) delete object[field];
  else object[field] = old[field];
}
