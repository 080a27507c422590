import type { KubeObject } from '../../api/api.ts';
import type { Json } from '../../api/json.ts';

/** The table cells of MutatingAdmissionPolicies and their bindings (printers.go). */

const unset = '<unset>';

export function mutatingPolicyCells({ spec }: KubeObject): unknown[] {
  const { paramKind, mutations } = spec;
  const kind = paramKind === undefined ? unset : `${paramKind.apiVersion}/${paramKind.kind}`;
  return [mutations?.length ?? 0, kind];
}

export function mutatingBindingCells({ spec }: KubeObject): unknown[] {
  return [spec.policyName, paramText(spec.paramRef)];
}

function paramText(paramRef: Json): string {
  if (paramRef?.name) return `${paramRef.namespace || '*'}/${paramRef.name}`;
  return paramRef?.selector === undefined ? unset : goSelector(paramRef.selector);
}

/** A LabelSelector as its generated Go method String prints it. */
function goSelector({ matchLabels = {}, matchExpressions = [] }: Json): string {
  const labels = Object.keys(matchLabels)
    .sort()
    .map((key) => `${key}: ${matchLabels[key]},`);
  const expressions = matchExpressions.map(
    ({ key, operator, values = [] }: Json) =>
      `LabelSelectorRequirement{Key:${key},Operator:${operator},Values:[${values.join(' ')}],},`,
  );
  const parts = [`map[string]string{${labels.join('')}}`, `[]LabelSelectorRequirement{${expressions.join('')}}`];
  return `&LabelSelector{MatchLabels:${parts[0]},MatchExpressions:${parts[1]},}`;
}
