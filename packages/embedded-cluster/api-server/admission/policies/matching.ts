import type { KubeObject } from '../../../api/api.ts';
import type { Json } from '../../../api/json.ts';
import type { Kind } from '../../../api/kinds.ts';
import { matchesSelector } from '../../../api/label-selector.ts';

/** A request that policies may match. */
export interface Admitted {
  readonly kind: Kind;
  readonly operation: 'CREATE' | 'UPDATE';
  readonly object: Json;
  readonly oldObject?: KubeObject | undefined;
  /** The Namespace of the object; absent for objects of the cluster. */
  readonly namespace?: KubeObject | undefined;
  readonly isDryRun: boolean;
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
