import { ApiError } from '../../api/api-error.ts';
import { isEqual, isMap, type Json } from '../../api/json.ts';
import { memo } from '../../api/memo.ts';
import { type FieldType, fieldsOf } from '../decode/schema.ts';
import { allSchemas } from '../openapi/schemas.ts';

/** Such as `$setElementOrder/containers`: how to change the sibling `containers`. */
const listDirective = /^\$(deleteFromPrimitiveList|setElementOrder)\/(.*)$/;

/** A strategic merge patch: a merge patch that merges lists by the keys of their items. */
export function strategicallyMerged(model: string, target: Json, patch: Json): Json {
  return mergedMap({ is: 'object', name: model }, isMap(target) ? target : {}, patch);
}

function mergedMap(type: FieldType, target: Json, patch: Json): Json {
  if (patch.$patch === 'delete') return {};
  if (patch.$patch === 'replace') return withoutDirectives(patch);
  if (patch.$patch !== undefined && patch.$patch !== 'merge') {
    throw new ApiError(500, '', `unknown patch type: ${patch.$patch} in map: ${goMap(patch)}`);
  }
  const merged = retained(target, patch.$retainKeys);
  for (const [key, value] of Object.entries<Json>(patch)) {
    if (key.startsWith('$')) continue;
    const place = placeOf(type, key);
    if (value === null) delete merged[key];
    else if (isMap(value) && isMap(merged[key]) && !place.rule?.isReplaced) {
      merged[key] = mergedMap(place.type, merged[key], value);
    } else if (Array.isArray(value) && Array.isArray(merged[key]) && place.rule?.isReplaced === false) {
      merged[key] = mergedList(place.type, place.rule, merged[key], value);
    } else {
      merged[key] = isMap(value) ? mergedMap(place.type, {}, value) : withoutDirectives(value);
    }
  }
  applyListDirectives(type, merged, target, patch);
  return merged;
}

/** The type of a key's value or of its items, and how to merge them. */
function placeOf(type: FieldType, key: string): { type: FieldType; rule?: MergeRule | undefined } {
  if (type.is === 'map') return { type: type.of };
  if (type.is !== 'object') return { type: { is: 'any' } };
  const field = fieldsOf(type.name).get(key) ?? { is: 'any' };
  return { type: field.is === 'list' ? field.of : field, rule: mergeRules().get(`${type.name}.${key}`) };
}

/** Keeps only the keys that `$retainKeys` lists. */
function retained(target: Json, keys: unknown): Json {
  if (!Array.isArray(keys)) return { ...target };
  return Object.fromEntries(Object.entries(target).filter(([key]) => keys.includes(key)));
}

function mergedList(type: FieldType, { key }: MergeRule, target: Json[], patch: Json[]): Json[] {
  if (key === undefined) {
    return ordered([...target, ...patch.filter((value) => !target.includes(value))], target, patch, key);
  }
  if (patch.some((item) => item?.$patch === 'replace' && Object.keys(item).length === 1)) {
    return patch.filter((item) => item.$patch !== 'replace').map((item) => mergedMap(type, {}, item));
  }
  let merged = [...target];
  for (const item of patch) {
    if (!isMap(item) || item[key] === undefined) {
      throw new ApiError(500, '', `map: ${goMap(item)} does not contain declared merge key: ${key}`);
    }
    if (item.$patch === 'delete') {
      merged = merged.filter((each) => each[key] !== item[key]);
      continue;
    }
    const index = merged.findIndex((each) => each[key] === item[key]);
    if (index === -1) merged.push(mergedMap(type, {}, item));
    else merged[index] = mergedMap(type, merged[index], item);
  }
  return ordered(merged, target, patch, key);
}

function applyListDirectives(type: FieldType, merged: Json, target: Json, patch: Json): void {
  for (const [key, values] of Object.entries<Json>(patch)) {
    const [, directive, field = ''] = listDirective.exec(key) ?? [];
    if (directive === undefined || !Array.isArray(merged[field])) continue;
    merged[field] =
      directive === 'setElementOrder'
        ? ordered(merged[field], target[field] ?? [], values, placeOf(type, field).rule?.key)
        : merged[field].filter((value: Json) => !values.includes(value));
  }
}

/**
 * Sorts the items by the directive, or by the patch without one. Items that only the server has keep their place among
 * the existing ones and follow new ones (strategicpatch, normalizeElementOrder).
 */
function ordered(items: Json[], before: Json[], order: Json[], key: string | undefined): Json[] {
  const isSame = (one: Json, other: Json) => (key === undefined ? isEqual(one, other) : one?.[key] === other?.[key]);
  const indexIn = (list: Json[], item: Json) => list.findIndex((each) => isSame(each, item));
  const named = items.filter((item) => indexIn(order, item) !== -1);
  named.sort((one, other) => indexIn(order, one) - indexIn(order, other));
  const others = items.filter((item) => indexIn(order, item) === -1);
  const sorted: Json[] = [];
  while (named.length > 0 && others.length > 0) {
    const [first, second] = [indexIn(before, named[0]), indexIn(before, others[0])];
    sorted.push(first !== -1 && second !== -1 && second < first ? others.shift() : named.shift());
  }
  return [...sorted, ...named, ...others];
}

function withoutDirectives(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutDirectives);
  if (!isMap(value)) return value;
  const plain = Object.entries(value).filter(([key, field]) => !key.startsWith('$') && field !== null);
  return Object.fromEntries(plain.map(([key, field]) => [key, withoutDirectives(field)]));
}

/** How a strategic merge patch changes one list or map. Without a rule, a list is replaced and a map is merged. */
interface MergeRule {
  /** Of the whole list or map, by the patch's. */
  isReplaced: boolean;
  /** The field that identifies an item; absent for lists of plain values. */
  key?: string | undefined;
}

/** The rules by fields such as `V1PodSpec.containers`, from their patch strategies in OpenAPI. */
const mergeRules = memo((): Map<string, MergeRule> => {
  const rules = Object.entries(allSchemas()).flatMap(([schema, { properties = {} }]) => {
    const [version = '', struct] = schema.split('.').slice(-2);
    const model = version.replace('v', 'V') + struct;
    return Object.entries(properties).flatMap(([name, property]) => {
      const { 'x-kubernetes-patch-strategy': strategy, 'x-kubernetes-patch-merge-key': key } = property;
      const isReplaced = strategy === 'replace';
      const isRule = isReplaced || strategy?.includes('merge');
      return isRule ? [[`${model}.${name}`, { isReplaced, key }] as const] : [];
    });
  });
  return new Map(rules);
});

/** Prints a map as Go's `%+v` does. */
export function goMap(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(goMap).join(' ')}]`;
  if (!isMap(value)) return value === null ? '<nil>' : String(value);
  const pairs = Object.keys(value)
    .sort()
    .map((key) => `${key}:${goMap(value[key])}`);
  return `map[${pairs.join(' ')}]`;
}
