import { isEqual } from '../../api/json.ts';
import type { Field } from '../validation/field.ts';
import { checkLabelSelector } from '../validation/metadata.ts';
import { pathSegmentErrors, subdomainErrors } from '../validation/text.ts';
import type { Rules } from './kind-rules.ts';

const group = 'rbac.authorization.k8s.io';

const roles: Rules = {
  checkNew(role) {
    for (const rule of role.at('rules').items()) checkRule(rule, role.value.kind === 'Role');
    if (!role.value.aggregationRule) return;
    const selectors = role.at('aggregationRule.clusterRoleSelectors');
    selectors.given('at least one clusterRoleSelector required if aggregationRule is non-nil');
    for (const selector of selectors.items()) checkLabelSelector(selector);
  },
};

const bindings: Rules = {
  defaults(binding) {
    binding.roleRef ??= {};
    binding.roleRef.apiGroup ||= group;
    for (const subject of binding.subjects ?? [])
      if (['User', 'Group'].includes(subject.kind)) subject.apiGroup ||= group;
  },
  checkNew: checkBinding,
  checkChange(binding, old) {
    checkBinding(binding);
    const { apiGroup: APIGroup, kind: Kind, name: Name } = binding.value.roleRef;
    if (!isEqual(binding.value.roleRef, old.roleRef))
      binding.at('roleRef').invalid('cannot change roleRef', { APIGroup, Kind, Name });
  },
};

/** The rules of roles and bindings (apis/rbac/validation). */
export const rbac = { roles, clusterroles: roles, rolebindings: bindings, clusterrolebindings: bindings };

function checkRule(rule: Field, isNamespaced: boolean): void {
  const { apiGroups = [], resources = [], resourceNames = [] } = rule.value;
  rule.at('verbs', []).given('verbs must contain at least one value');
  const urls = rule.at('nonResourceURLs', []);
  if (urls.value.length === 0) {
    rule.at('apiGroups').given('resource rules must supply at least one api group');
    rule.at('resources').given('resource rules must supply at least one resource');
    return;
  }
  if (isNamespaced) urls.invalid('namespaced rules cannot apply to non-resource URLs');
  if ([...apiGroups, ...resources, ...resourceNames].length > 0)
    urls.invalid('rules cannot apply to both regular resources and non-resource URLs');
}

function checkBinding(binding: Field): void {
  const isNamespaced = binding.value.kind === 'RoleBinding';
  const name = binding.at('roleRef.name');
  binding.at('roleRef.apiGroup').oneOf([group]);
  binding.at('roleRef.kind', '').oneOf(isNamespaced ? ['Role', 'ClusterRole'] : ['ClusterRole']);
  if (name.given()) name.follows(pathSegmentErrors);
  for (const subject of binding.at('subjects').items()) checkSubject(subject, isNamespaced);
}

function checkSubject(subject: Field, isNamespaced: boolean): void {
  const isNamed = subject.at('name').given();
  if (!subject.at('kind', '').oneOf(['ServiceAccount', 'User', 'Group'])) return;
  const isAccount = subject.value.kind === 'ServiceAccount';
  if (isAccount && isNamed) subject.at('name').follows(subdomainErrors);
  subject.at('apiGroup', '').oneOf([isAccount ? '' : group]);
  if (isAccount && !isNamespaced) subject.at('namespace').given();
}
