import type { KubeObject } from '../../../api/api.ts';
import type { Json } from '../../../api/json.ts';
import { groupVersionOf, type Kind, kinds } from '../../../api/kinds.ts';
import { matchesSelector } from '../../../api/label-selector.ts';
import type { Cluster } from '../../cluster.ts';

/** The kind that `paramKind` names; undefined: the server has none of that name. */
export function kindOfParams({ apiVersion, kind }: Json): Kind | undefined {
  return kinds.find((each) => groupVersionOf(each) === apiVersion && each.kind === kind && !each.review);
}

/**
 * The parameters for which a binding evaluates its policy, undefined for `params: null` (generic.CollectParams). Throws
 * an Error that the failure policy decides about.
 */
export function paramsOf(
  cluster: Cluster,
  kind: Kind | undefined,
  paramRef: Json,
  namespace: string | undefined,
): readonly (KubeObject | undefined)[] {
  if (kind === undefined || paramRef === undefined) return [undefined];
  if (paramRef.namespace && !kind.namespaced)
    throw new Error('paramRef.namespace must not be provided for a cluster-scoped `paramKind`');
  const within = kind.namespaced ? paramRef.namespace || namespace : undefined;
  if (kind.namespaced && within === undefined)
    throw new Error('cannot use namespaced paramRef in policy binding that matches cluster-scoped resources');
  const { store } = cluster;
  const named = paramRef.name ? store.get(kind.resource, within, paramRef.name) : undefined;
  const found = paramRef.name
    ? [named].filter((param) => param !== undefined)
    : store.list(kind.resource, within).filter(({ metadata }) => matchesSelector(paramRef.selector, metadata.labels));
  if (found.length === 0 && paramRef.parameterNotFoundAction === 'Deny')
    throw new Error('no params found for policy binding with `Deny` parameterNotFoundAction');
  return found;
}
