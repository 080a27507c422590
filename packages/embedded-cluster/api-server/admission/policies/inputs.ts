import type { KubeObject } from '../../../api/api.ts';
import type { Json } from '../../../api/json.ts';
import { toCel } from './cel-value.ts';
import type { Admitted } from './matching.ts';
import type { Inputs } from './policy.ts';

/** The values of an evaluation. `request` has no user: the embedded cluster does not know who asks. */
export function inputsOf(request: Admitted, object: Json, param: KubeObject | undefined): Inputs {
  const { kind, operation, oldObject, namespace, isDryRun } = request;
  const { group, version } = kind;
  const gvk = { group, version, kind: kind.kind };
  const gvr = { group, version, resource: kind.resource };
  return {
    object: toCel(object),
    oldObject: toCel(oldObject),
    params: toCel(param),
    namespaceObject: toCel(namespace),
    request: toCel({
      kind: gvk,
      resource: gvr,
      requestKind: gvk,
      requestResource: gvr,
      ...(object.metadata.name !== undefined && { name: object.metadata.name }),
      ...(namespace && { namespace: namespace.metadata.name }),
      operation,
      dryRun: isDryRun,
    }),
  };
}
