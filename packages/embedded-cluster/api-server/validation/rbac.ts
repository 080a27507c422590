import type { KubeObject } from '../../api/api.ts';
import type { Cause } from '../../api/api-error.ts';
import { isEqual, type Json } from '../../api/json.ts';
import { Field, firstOf } from './field.ts';
import { labelSelectorErrors } from './label-selector.ts';
import { pathSegmentErrors, subdomainErrors } from './text.ts';

/** The rules of roles and bindings (apis/rbac/validation). */

const group = 'rbac.authorization.k8s.io';

export function roleErrors(given: Json): Cause[] {
  const role = new Field(given, '');
  const selectors = role.at('aggregationRule.clusterRoleSelectors');
  const isEmpty = given.aggregationRule && !selectors.value?.length;
  return [
    ...role.at('rules').each((rule) => ruleErrors(rule, given.kind === 'Role')),
    ...selectors.requiredIf(isEmpty, 'at least one clusterRoleSelector required if aggregationRule is non-nil'),
    ...selectors.each(labelSelectorErrors),
  ];
}

function ruleErrors(rule: Field, isNamespaced: boolean): Cause[] {
  const isEmpty = (field: string) => !rule.value[field]?.length;
  const isMixed = !['apiGroups', 'resources', 'resourceNames'].every(isEmpty);
  const [verbs, urls] = [rule.at('verbs'), rule.at('nonResourceURLs')];
  const causes = verbs.requiredIf(isEmpty('verbs'), 'verbs must contain at least one value');
  if (!isEmpty('nonResourceURLs'))
    return [
      ...causes,
      ...urls.invalidIf(isNamespaced, 'namespaced rules cannot apply to non-resource URLs'),
      ...urls.invalidIf(isMixed, 'rules cannot apply to both regular resources and non-resource URLs'),
    ];
  const [groups, resources] = [rule.at('apiGroups'), rule.at('resources')];
  return [
    ...causes,
    ...groups.requiredIf(isEmpty('apiGroups'), 'resource rules must supply at least one api group'),
    ...resources.requiredIf(isEmpty('resources'), 'resource rules must supply at least one resource'),
  ];
}

export function bindingErrors(given: Json): Cause[] {
  const binding = new Field(given, '');
  const isNamespaced = given.kind === 'RoleBinding';
  const name = binding.at('roleRef.name');
  return [
    ...binding.at('roleRef.apiGroup').oneOf([group]),
    ...binding.at('roleRef.kind', '').oneOf(isNamespaced ? ['Role', 'ClusterRole'] : ['ClusterRole']),
    ...firstOf(name.given(), name.follows(pathSegmentErrors)),
    ...binding.at('subjects').each((subject) => subjectErrors(subject, isNamespaced)),
  ];
}

function subjectErrors(subject: Field, isNamespaced: boolean): Cause[] {
  const name = subject.at('name');
  const kind = subject.at('kind', '').oneOf(['ServiceAccount', 'User', 'Group']);
  if (kind.length > 0) return [...name.given(), ...kind];
  const isAccount = subject.value.kind === 'ServiceAccount';
  return [
    ...name.given(),
    ...(isAccount && name.value ? name.follows(subdomainErrors) : []),
    ...subject.at('apiGroup', '').oneOf([isAccount ? '' : group]),
    ...(isAccount && !isNamespaced ? subject.at('namespace').given() : []),
  ];
}

export function changedBindingErrors(binding: Json, old: KubeObject): Cause[] {
  const { apiGroup: APIGroup, kind: Kind, name: Name } = binding.roleRef;
  const isOther = !isEqual(binding.roleRef, old.roleRef);
  const asGo = new Field({ APIGroup, Kind, Name }, 'roleRef');
  return [...bindingErrors(binding), ...asGo.invalidIf(isOther, 'cannot change roleRef')];
}
