import type { KubeObject } from '../../../api/api.ts';
import { isMap, type Json } from '../../../api/json.ts';
import type { Admitted } from './matching.ts';

/** What a policy's expressions see, by name. */
export type Inputs = Readonly<Record<string, unknown>>;

/** The values of an evaluation. `request` has no user: the embedded cluster does not know who asks. */
export function inputsOf(request: Admitted, object: Json, param: KubeObject | undefined): Inputs {
  const { operation, oldObject, namespace, isDryRun } = request;
  const { group, version, kind, resource } = request.kind;
  return toCel({
    object,
    oldObject,
    params: param,
    namespaceObject: namespace,
    request: {
      kind: { group, version, kind },
      resource: { group, version, resource },
      requestKind: { group, version, kind },
      requestResource: { group, version, resource },
      ...(object.metadata.name !== undefined && { name: object.metadata.name }),
      ...(namespace && { namespace: namespace.metadata.name }),
      operation,
      dryRun: isDryRun === true,
    },
  }) as Inputs;
}

/** The CEL value of a JSON value: whole numbers are integers, as in Kubernetes' unstructured objects. */
function toCel(json: Json): unknown {
  if (typeof json === 'number') return Number.isInteger(json) ? BigInt(json) : json;
  if (Array.isArray(json)) return json.map(toCel);
  return isMap(json) ? mapped(json, toCel) : (json ?? null);
}

/** The JSON value of a CEL value; throws for values that JSON has none of, such as durations. */
export function fromCel(value: unknown): Json {
  if (typeof value === 'bigint') return Number(value);
  if (Array.isArray(value)) return value.map(fromCel);
  if (value instanceof Map) return fromCel(Object.fromEntries(value));
  if (!isMap(value)) return value;
  if (![Object.prototype, null].includes(Object.getPrototypeOf(value)))
    throw new Error('JSONPath valueExpression evaluated to a type that could not marshal to JSON');
  return mapped(value, fromCel);
}

function mapped(map: object, change: (value: unknown) => unknown): Record<string, unknown> {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, change(value)]));
}
