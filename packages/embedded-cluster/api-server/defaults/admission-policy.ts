import type { Json } from '../../api/json.ts';

/** Defaults of MutatingAdmissionPolicies and their bindings (admissionregistration/v1/defaults.go). */

export function defaultMutatingPolicy(policy: Json): void {
  policy.spec ??= {};
  policy.spec.failurePolicy ??= 'Fail';
  defaultMatching(policy.spec.matchConstraints);
}

export function defaultMutatingBinding(binding: Json): void {
  binding.spec ??= {};
  defaultMatching(binding.spec.matchResources);
}

function defaultMatching(resources: Json): void {
  if (resources === undefined) return;
  resources.matchPolicy ??= 'Equivalent';
  resources.namespaceSelector ??= {};
  resources.objectSelector ??= {};
  for (const rule of [...(resources.resourceRules ?? []), ...(resources.excludeResourceRules ?? [])])
    rule.scope ??= '*';
}
