import type { V1PolicyRule as Rule } from '@kubernetes/client-node';
import type { KubeObject } from '../../api/api.ts';
import { forbidden, notFound } from '../../api/api-error.ts';
import { isEqual, type Json } from '../../api/json.ts';
import type { Kind } from '../../api/kinds.ts';
import type { Cluster } from '../cluster.ts';
import { type Access, decide, grantsOf, rulesOfRole, uncovered } from './rbac.ts';
import { masters, type User } from './user.ts';

const everything: readonly Rule[] = [
  { apiGroups: ['*'], resources: ['*'], verbs: ['*'] },
  { nonResourceURLs: ['*'], verbs: ['*'] },
];

/** What a client writes, and where; `name`: in the URL. */
interface Write {
  kind: Kind;
  namespace: string | undefined;
  name: string | undefined;
  object: Json;
  old: KubeObject | undefined;
}

/**
 * Refuses a role or binding that grants more than its author has, unless the author has the verb `escalate` or `bind`
 * (registry/rbac/escalation_check.go and the policybased storages).
 */
export function checkEscalation(cluster: Cluster, user: User, { kind, namespace, name, object, old }: Write): void {
  const { group, resource } = kind;
  if (group !== 'rbac.authorization.k8s.io' || user.groups.includes(masters)) return;
  if (old !== undefined && isEqual(forGarbageCollector(object), forGarbageCollector(old))) return;
  const isAllowed = (verb: string, of: string, named: string | undefined) =>
    decide(cluster, user, { group, namespace, verb, resource: of, name: named }).allowed;
  const refuse = (why: string) => forbidden(kind, object.metadata?.name ?? '', why);
  const owned = grantsOf(cluster, user, namespace);
  const confirm = (rules: readonly Rule[]) => {
    const missing = uncovered(rules, owned);
    if (missing.length > 0) throw refuse(notHeld(user, missing, owned.errors));
  };
  if (kind.kind.endsWith('Binding')) {
    const { kind: of = '', name: role = '' } = object.roleRef ?? {};
    if (isAllowed('bind', of === 'Role' ? 'roles' : 'clusterroles', role)) return;
    const rules = rulesOfRole(cluster, { kind: of, name: role }, namespace);
    // Names the resource of the request, not that of the role.
    if (typeof rules === 'string') throw notFound(kind, role);
    confirm(rules);
    return;
  }
  if (isAllowed('escalate', resource, name)) return;
  const isChanged = (field: string) => !isEqual(object[field], old?.[field]);
  if (isChanged('rules')) confirm(object.rules ?? []);
  if (object.aggregationRule === undefined || !isChanged('aggregationRule')) return;
  if (uncovered(everything, owned).length > 0)
    throw refuse('must have cluster-admin privileges to use an aggregationRule');
}

/** The garbage collector changes these fields without the rights of the role (IsOnlyMutatingGCFields). */
function forGarbageCollector({ metadata, ...rest }: Json): Json {
  const { ownerReferences: _, finalizers: __, ...others } = metadata ?? {};
  return { ...rest, metadata: others };
}

function notHeld(user: User, missing: readonly Access[], errors: readonly string[]): string {
  const who = `user ${JSON.stringify(user.name)} (groups=${quoted(user.groups)})`;
  // The verbs of one resource are one rule; each verb of a path is its own (policy_compact.go).
  const keyOf = (access: Access) => (access.path === undefined ? JSON.stringify({ ...access, verb: '' }) : access);
  const byRule = Map.groupBy(missing, keyOf);
  const rules = [...byRule.values()].map(textOf).sort().join('\n');
  const resolution = errors.length > 0 ? `; resolution errors: [${errors.join(' ')}]` : '';
  return `${who} is attempting to grant RBAC permissions not currently held:\n${rules}${resolution}`;
}

const quoted = (texts: readonly string[]) => `[${texts.map((text) => JSON.stringify(text)).join(' ')}]`;

/** As Go prints it: `{APIGroups:[""], Resources:["pods"], Verbs:["get" "list"]}` (rbac/v1, CompactString). */
function textOf(accesses: readonly Access[]): string {
  const [{ group, resource, name, path }] = accesses as [Access];
  const what = path === undefined ? { APIGroups: [group], Resources: [resource] } : { NonResourceURLs: [path] };
  const fields = { ...what, ...(name && { ResourceNames: [name] }), Verbs: accesses.map(({ verb }) => verb) };
  const texts = Object.entries(fields).map(([field, list]) => `${field}:${quoted(list)}`);
  return `{${texts.join(', ')}}`;
}
