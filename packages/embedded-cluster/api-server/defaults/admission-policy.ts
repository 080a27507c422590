import type { Json } from '../../api/json.ts';
import { fill } from './fill.ts';

/** Defaults of MutatingAdmissionPolicies and their bindings (admissionregistration/v1/defaults.go). */

export function defaultMutatingPolicy(policy: Json): void {
  fill(policy, { spec: { failurePolicy: 'Fail' } });
  defaultMatching(policy.spec.matchConstraints);
}

export function defaultMutatingBinding(binding: Json): void {
  binding.spec ??= {};
  defaultMatching(binding.spec.matchResources);
}

function defaultMatching(resources: Json): void {
  if (resources === undefined) return;
  const rules = [{ scope: '*' }];
  const selectors = { namespaceSelector: {}, objectSelector: {} };
  fill(resources, { matchPolicy: 'Equivalent', ...selectors, resourceRules: rules, excludeResourceRules: rules });
}
