import type { KubeObject } from '../../../api/api.ts';
import type { Json } from '../../../api/json.ts';
import { groupVersionOf, type Kind, kinds } from '../../../api/kinds.ts';
import { matchesSelector } from '../../../api/label-selector.ts';
import type { Cluster } from '../../cluster.ts';

/** A request that policies may match. */
export interface Admitted {
  readonly kind: Kind;
  readonly operation: 'CREATE' | 'UPDATE';
  readonly object: Json;
  readonly oldObject?: KubeObject | undefined;
  /** The Namespace of the object; absent for objects of the cluster. */
  readonly namespace?: KubeObject | undefined;
  readonly isDryRun?: boolean | undefined;
}

/** No policy matches the policies themselves (rules.IsExemptAdmissionConfigurationResource). */
const exempt = ['mutatingadmissionpolicies', 'mutatingadmissionpolicybindings'];

/** Whether `matchConstraints` or `matchResources` match; each version of a kind counts as the same. */
export function matchesRequest(resources: Json, request: Admitted): boolean {
  if (resources === undefined) return true;
  const { resourceRules, excludeResourceRules, namespaceSelector, objectSelector } = resources;
  if (exempt.includes(request.kind.resource)) return false;
  const matches = (rule: Json) => matchesRule(rule, request);
  if (excludeResourceRules?.some(matches)) return false;
  // A binding without rules narrows nothing.
  if (resourceRules?.length > 0 && !resourceRules.some(matches)) return false;
  const { kind, object, oldObject, namespace } = request;
  const selected = kind.kind === 'Namespace' ? object : namespace;
  return isSelected(namespaceSelector, [selected]) && isSelected(objectSelector, [object, oldObject]);
}

function matchesRule(rule: Json, { kind, operation, object }: Admitted): boolean {
  const has = (list: readonly string[] = [], ...values: readonly string[]) =>
    ['*', ...values].some((value) => list.includes(value));
  const { apiGroups, apiVersions, operations, resources, scope = '*', resourceNames = [] } = rule;
  return (
    has(apiGroups, kind.group) &&
    has(apiVersions, kind.version) &&
    has(operations, operation) &&
    has(resources, '*/*', kind.resource) &&
    has([scope], kind.namespaced ? 'Namespaced' : 'Cluster') &&
    (resourceNames.length === 0 || resourceNames.includes(object.metadata?.name))
  );
}

/** True if one of the objects has the labels, or there is none. */
function isSelected(selector: Json, objects: readonly Json[]): boolean {
  const present = objects.filter((object) => object !== undefined);
  const isOne = present.some(({ metadata }) => matchesSelector(selector, metadata?.labels));
  return selector === undefined || present.length === 0 || isOne;
}

/** A policy or a binding that cannot be evaluated. */
export class Misconfigured extends Error {}

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
