import type { KubeObject } from '../../api/api.ts';
import type { Cause } from '../../api/api-error.ts';
import { isEqual, type Json } from '../../api/json.ts';
import { invalidValue, notSupported, required } from './field-error.ts';
import { labelSelectorErrors } from './label-selector.ts';
import { pathSegmentErrors, subdomainErrors } from './text.ts';

/** The rules of roles and bindings (apis/rbac/validation). */

const group = 'rbac.authorization.k8s.io';

export function roleErrors({ kind, rules, aggregationRule }: Json): Cause[] {
  const selectors: Json[] = aggregationRule?.clusterRoleSelectors ?? [];
  const path = 'aggregationRule.clusterRoleSelectors';
  return [
    ...((rules ?? []) as Json[]).flatMap((rule, index) => ruleErrors(rule, `rules[${index}]`, kind === 'Role')),
    ...(aggregationRule && selectors.length === 0
      ? [required(path, 'at least one clusterRoleSelector required if aggregationRule is non-nil')]
      : []),
    ...selectors.flatMap((selector, index) => labelSelectorErrors(selector, `${path}[${index}]`)),
  ];
}

function ruleErrors(rule: Json, path: string, isNamespaced: boolean): Cause[] {
  const isEmpty = (field: string) => !rule[field]?.length;
  const causes = isEmpty('verbs') ? [required(`${path}.verbs`, 'verbs must contain at least one value')] : [];
  if (!isEmpty('nonResourceURLs')) {
    const refuse = (why: string) => causes.push(invalidValue(`${path}.nonResourceURLs`, rule.nonResourceURLs, why));
    if (isNamespaced) refuse('namespaced rules cannot apply to non-resource URLs');
    if (!['apiGroups', 'resources', 'resourceNames'].every(isEmpty))
      refuse('rules cannot apply to both regular resources and non-resource URLs');
    return causes;
  }
  for (const [field, what] of Object.entries({ apiGroups: 'api group', resources: 'resource' }))
    if (isEmpty(field)) causes.push(required(`${path}.${field}`, `resource rules must supply at least one ${what}`));
  return causes;
}

export function bindingErrors({ kind, roleRef, subjects }: Json): Cause[] {
  const isNamespaced = kind === 'RoleBinding';
  const kinds = isNamespaced ? ['Role', 'ClusterRole'] : ['ClusterRole'];
  const { apiGroup, kind: of = '', name = '' } = roleRef;
  return [
    ...(apiGroup === group ? [] : [notSupported('roleRef.apiGroup', apiGroup, [group])]),
    ...(kinds.includes(of) ? [] : [notSupported('roleRef.kind', of, kinds)]),
    ...(name === '' ? [required('roleRef.name')] : named('roleRef.name', name, pathSegmentErrors)),
    ...((subjects ?? []) as Json[]).flatMap((each, index) => subjectErrors(each, `subjects[${index}]`, isNamespaced)),
  ];
}

function named(path: string, name: string, errorsOf: (name: string) => string[]): Cause[] {
  return errorsOf(name).map((error) => invalidValue(path, name, error));
}

function subjectErrors({ kind, name, apiGroup, namespace }: Json, path: string, isNamespaced: boolean): Cause[] {
  const causes = name ? [] : [required(`${path}.name`)];
  const kinds = ['ServiceAccount', 'User', 'Group'];
  if (!kinds.includes(kind)) return [...causes, notSupported(`${path}.kind`, kind ?? '', kinds)];
  const wanted = kind === 'ServiceAccount' ? '' : group;
  if (kind === 'ServiceAccount' && name) causes.push(...named(`${path}.name`, name, subdomainErrors));
  if ((apiGroup ?? '') !== wanted) causes.push(notSupported(`${path}.apiGroup`, apiGroup ?? '', [wanted]));
  if (kind === 'ServiceAccount' && !isNamespaced && !namespace) causes.push(required(`${path}.namespace`));
  return causes;
}

export function changedBindingErrors(binding: Json, old: KubeObject): Cause[] {
  const causes = bindingErrors(binding);
  if (isEqual(binding.roleRef, old.roleRef)) return causes;
  const { apiGroup: APIGroup, kind: Kind, name: Name } = binding.roleRef;
  return [...causes, invalidValue('roleRef', { APIGroup, Kind, Name }, 'cannot change roleRef')];
}
