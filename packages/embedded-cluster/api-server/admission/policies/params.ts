import type { KubeObject } from '../../../api/api.ts';
import type { Json } from '../../../api/json.ts';
import { groupVersionOf, type Kind, kinds } from '../../../api/kinds.ts';
import { matchesSelector } from '../../../api/label-selector.ts';
import type { Cluster } from '../../cluster.ts';
import { Misconfigured } from './refusals.ts';

/** The kind that `paramKind` names; throws a Misconfigured when the server has none of that name. */
export function kindOfParams({ apiVersion, kind }: Json): Kind {
  const found = kinds.find((each) => groupVersionOf(each) === apiVersion && each.kind === kind && !each.review);
  if (found !== undefined) return found;
  const named = `${apiVersion.includes('/') ? apiVersion : `/${apiVersion}`}, Kind=${kind}`;
  throw new Misconfigured(`failed to find resource referenced by paramKind: '${named}'`);
}

/**
 * The parameters for which a binding evaluates its policy, undefined for `params: null` (generic.CollectParams). Throws
 * a Misconfigured that the failure policy decides about.
 */
export function paramsOf(
  { store }: Cluster,
  kind: Kind | undefined,
  paramRef: Json,
  namespace: string | undefined,
): readonly (KubeObject | undefined)[] {
  if (kind === undefined || paramRef === undefined) return [undefined];
  const { name, selector } = paramRef;
  if (paramRef.namespace && !kind.namespaced)
    throw new Misconfigured('paramRef.namespace must not be provided for a cluster-scoped `paramKind`');
  const within = kind.namespaced ? paramRef.namespace || namespace : undefined;
  if (kind.namespaced && within === undefined)
    throw new Misconfigured('cannot use namespaced paramRef in policy binding that matches cluster-scoped resources');
  const found = name
    ? [store.get(kind.resource, within, name)].filter((param) => param !== undefined)
    : store.list(kind.resource, within).filter(({ metadata }) => matchesSelector(selector, metadata.labels));
  if (found.length === 0 && paramRef.parameterNotFoundAction === 'Deny')
    throw new Misconfigured('no params found for policy binding with `Deny` parameterNotFoundAction');
  return found;
}
