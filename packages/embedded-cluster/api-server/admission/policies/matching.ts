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
  return isInNamespace(namespaceSelector, request) && hasLabels(objectSelector, request);
}

function matchesRule(rule: Json, { kind, operation, object }: Admitted): boolean {
  const has = (list: readonly string[] | undefined, value: string) =>
    list?.some((each) => each === '*' || each === value);
  const scope = kind.namespaced ? 'Namespaced' : 'Cluster';
  const isNamed = !(rule.resourceNames?.length > 0) || rule.resourceNames.includes(object.metadata?.name);
  return Boolean(
    has(rule.apiGroups, kind.group) &&
      has(rule.apiVersions, kind.version) &&
      has(rule.operations, operation) &&
      (has(rule.resources, kind.resource) || rule.resources?.includes('*/*')) &&
      has([rule.scope ?? '*'], scope) &&
      isNamed,
  );
}

function isInNamespace(selector: Json, { kind, object, namespace }: Admitted): boolean {
  const labels = kind.kind === 'Namespace' ? object.metadata?.labels : namespace?.metadata.labels;
  const hasNamespace = kind.kind === 'Namespace' || namespace !== undefined;
  return selector === undefined || !hasNamespace || matchesSelector(selector, labels);
}

function hasLabels(selector: Json, { object, oldObject }: Admitted): boolean {
  if (selector === undefined || matchesSelector(selector, object.metadata?.labels)) return true;
  return oldObject !== undefined && matchesSelector(selector, oldObject.metadata.labels);
}
