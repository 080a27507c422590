import type { V1PolicyRule as Rule, RbacV1Subject as Subject } from '@kubernetes/client-node';
import type { KubeObject } from '../../api/api.ts';
import { ApiError, forbidden } from '../../api/api-error.ts';
import type { Cluster } from '../cluster.ts';
import { masters, serviceAccountUser, type User } from './user.ts';

/** The attributes of a request that decide whether it is allowed. */
export interface Access {
  verb: string;
  group: string;
  resource: string;
  subresource?: string | undefined;
  namespace?: string | undefined;
  name?: string | undefined;
  /** Set for a path that is not a resource, such as /version; `resource` is then empty. */
  path?: string | undefined;
}

/**
 * Decides like the RBAC authorizer (plugin/pkg/auth/authorizer/rbac/rbac.go), in whose words the reason is, if there is
 * any; system:masters may do everything.
 */
export function decide(cluster: Cluster, user: User, access: Access): { allowed: boolean; reason: string } {
  if (user.groups.includes(masters)) return { allowed: true, reason: '' };
  const { grants, errors } = grantsOf(cluster, user, access.namespace);
  const found = grants.find(({ rule }) => allows(rule, access));
  if (found !== undefined) return { allowed: true, reason: `RBAC: allowed by ${found.source}` };
  const said = errors.length > 1 ? `[${errors.join(', ')}]` : errors[0];
  return { allowed: false, reason: said === undefined ? '' : `RBAC: ${said}` };
}

/** The 403 of the authorization filter (responsewriters/errors.go). */
export function refusal(user: User, access: Access, reason = ''): ApiError {
  const { verb, group, resource, subresource, namespace, name, path } = access;
  const because = reason === '' ? '' : `: ${reason}`;
  const who = `User ${JSON.stringify(user.name)} cannot ${verb}`;
  if (path !== undefined)
    return new ApiError(403, 'Forbidden', `forbidden: ${who} path ${JSON.stringify(path)}${because}`, {});
  const what = subresource === undefined ? resource : `${resource}/${subresource}`;
  const where = namespace === undefined ? 'at the cluster scope' : `in the namespace ${JSON.stringify(namespace)}`;
  const why = `${who} resource ${JSON.stringify(what)} in API group ${JSON.stringify(group)} ${where}`;
  return forbidden({ group, resource }, name ?? '', why + because);
}

interface Grants {
  grants: { rule: Rule; source: string }[];
  /** References to roles that do not exist. */
  errors: string[];
}

/** The rules for the user in the namespace, with those for the whole cluster (registry/rbac/validation/rule.go, VisitRulesFor). */
export function grantsOf({ store }: Cluster, user: User, namespace: string | undefined): Grants {
  const all: Grants = { grants: [], errors: [] };
  const local = namespace ? store.list('rolebindings', namespace) : [];
  for (const binding of [...store.list('clusterrolebindings'), ...local]) {
    const own = binding.metadata.namespace;
    const subject = (binding.subjects as Subject[] | undefined)?.find((each) => isMeant(each, user, own));
    if (subject === undefined) continue;
    const rules = rulesOfRole({ store }, binding.roleRef, own);
    if (typeof rules === 'string') all.errors.push(rules);
    else for (const rule of rules) all.grants.push({ rule, source: sourceOf(binding, subject) });
  }
  return all;
}

/** The rules of a role, or why there are none. */
export function rulesOfRole(
  { store }: Pick<Cluster, 'store'>,
  { kind, name }: Pick<Subject, 'kind' | 'name'>,
  namespace: string | undefined,
): readonly Rule[] | string {
  const role = kind === 'Role' ? store.get('roles', namespace, name) : store.get('clusterroles', undefined, name);
  if (role !== undefined) return role.rules ?? [];
  return `${kind.toLowerCase()}.rbac.authorization.k8s.io ${JSON.stringify(name)} not found`;
}

function isMeant({ kind, name, namespace }: Subject, user: User, own: string | undefined): boolean {
  if (kind === 'User') return name === user.name;
  if (kind === 'Group') return user.groups.includes(name);
  const where = namespace ?? own;
  return kind === 'ServiceAccount' && where !== undefined && serviceAccountUser(where, name) === user.name;
}

function sourceOf({ kind, metadata, roleRef }: KubeObject, subject: Subject): string {
  const within = (name: string, namespace: string | undefined) =>
    JSON.stringify(namespace === undefined ? name : `${name}/${namespace}`);
  const namespace = subject.kind === 'ServiceAccount' ? (subject.namespace ?? metadata.namespace) : undefined;
  const to = `${subject.kind} ${within(subject.name, namespace)}`;
  return `${kind} ${within(metadata.name, metadata.namespace)} of ${roleRef.kind} ${JSON.stringify(roleRef.name)} to ${to}`;
}

function allows(rule: Rule, { verb, group, resource, subresource, name = '', path }: Access): boolean {
  const { verbs, apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] } = rule;
  if (!hasOrAll(verbs, verb)) return false;
  if (path !== undefined) return nonResourceURLs.some((url) => coversPath(url, path));
  return (
    hasOrAll(apiGroups, group) &&
    coversResource(resources, subresource === undefined ? resource : `${resource}/${subresource}`) &&
    (resourceNames.length === 0 || resourceNames.includes(name))
  );
}

const hasOrAll = (list: readonly string[], one: string) => list.includes('*') || list.includes(one);

function coversResource(resources: readonly string[], resource: string): boolean {
  const [, subresource] = resource.split('/', 2);
  return hasOrAll(resources, resource) || (subresource !== undefined && resources.includes(`*/${subresource}`));
}

function coversPath(url: string, path: string): boolean {
  return url === path || (url.endsWith('*') && path.startsWith(url.replace(/\*+$/, '')));
}

/** The accesses that the rules allow and the grants do not, one verb and one resource each (policy_comparator.go). */
export function uncovered(rules: readonly Rule[], { grants }: Grants): Access[] {
  return rules.flatMap(brokenDown).filter((wanted) => !grants.some(({ rule }) => allows(rule, wanted)));
}

function brokenDown({
  verbs,
  apiGroups = [],
  resources = [],
  resourceNames = [],
  nonResourceURLs = [],
}: Rule): Access[] {
  const names = resourceNames.length > 0 ? resourceNames : [undefined];
  return verbs.flatMap((verb) => [
    ...apiGroups.flatMap((group) =>
      resources.flatMap((resource) => names.map((name) => ({ verb, group, resource, name }))),
    ),
    ...nonResourceURLs.map((path) => ({ verb, group: '', resource: '', path })),
  ]);
}
