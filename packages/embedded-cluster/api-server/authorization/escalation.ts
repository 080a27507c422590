import type { V1PolicyRule as Rule } from '@kubernetes/client-node';
import type { KubeObject } from '../../api/api.ts';
import { type ApiError, forbidden, notFound } from '../../api/api-error.ts';
import { isEqual, type Json } from '../../api/json.ts';
import type { Kind } from '../../api/kinds.ts';
import type { Cluster } from '../cluster.ts';
import { type Access, decide, grantsOf, rulesOfRole, uncovered } from './rbac.ts';
import { masters, type User } from './user.ts';

const everything: readonly Rule[] = [
  { apiGroups: ['*'], resources: ['*'], verbs: ['*'] },
  { nonResourceURLs: ['*'], verbs: ['*'] },
];

/** What a client writes, and where. */
interface Write {
  kind: Kind;
  namespace: string | undefined;
  /** In the URL. */
  name: string | undefined;
  object: Json;
  old: KubeObject | undefined;
}

/**
 * Refuses a role or binding that grants more than its author has, unless the author has the verb `escalate` or `bind`
 * (registry/rbac/escalation_check.go and the policybased storages).
 */
export function checkEscalation(cluster: Cluster, user: User, write: Write): void {
  const { kind, namespace, object, old } = write;
  if (kind.group !== 'rbac.authorization.k8s.io' || user.groups.includes(masters)) return;
  if (old !== undefined && isEqual(forGarbageCollector(object), forGarbageCollector(old))) return;
  const access = { group: kind.group, namespace };
  const may = (more: Pick<Access, 'verb' | 'resource' | 'name'>) =>
    decide(cluster, user, { ...access, ...more }).allowed;
  const refuse = (why: string) => forbidden(kind, object.metadata?.name ?? '', why);
  if (kind.kind.endsWith('Binding')) {
    const { kind: of = '', name = '' } = object.roleRef ?? {};
    if (may({ verb: 'bind', resource: of === 'Role' ? 'roles' : 'clusterroles', name })) return;
    const rules = rulesOfRole(cluster, { kind: of, name }, namespace);
    // Names the resource of the request, not that of the role.
    if (typeof rules === 'string') throw notFound(kind, name);
    confirm(cluster, user, namespace, rules, refuse);
    return;
  }
  if (may({ verb: 'escalate', resource: kind.resource, name: write.name })) return;
  const isChanged = (field: string) => !isEqual(object[field], old?.[field]);
  if (isChanged('rules')) confirm(cluster, user, namespace, object.rules ?? [], refuse);
  const aggregates = object.aggregationRule !== undefined && isChanged('aggregationRule');
  if (aggregates && uncovered(everything, grantsOf(cluster, user, namespace)).length > 0)
    throw refuse('must have cluster-admin privileges to use an aggregationRule');
}

/** The garbage collector changes these fields without the rights of the role (IsOnlyMutatingGCFields). */
function forGarbageCollector({ metadata, ...rest }: Json): Json {
  const { ownerReferences: _, finalizers: __, ...others } = metadata ?? {};
  return { ...rest, metadata: others };
}

function confirm(
  cluster: Cluster,
  user: User,
  namespace: string | undefined,
  rules: readonly Rule[],
  refuse: (why: string) => ApiError,
): void {
  const owned = grantsOf(cluster, user, namespace);
  const missing = uncovered(rules, owned);
  if (missing.length === 0) return;
  const { errors } = owned;
  const who = `user ${JSON.stringify(user.name)} (groups=${quoted(user.groups)})`;
  const why = `${who} is attempting to grant RBAC permissions not currently held`;
  const resolution = errors.length > 0 ? `; resolution errors: [${errors.join(' ')}]` : '';
  throw refuse(`${why}:\n${compacted(missing).map(textOf).sort().join('\n')}${resolution}`);
}

/** Joins the rules that differ by their verb only (policy_compact.go). */
function compacted(rules: readonly Rule[]): Rule[] {
  const { simple = [], other = [] } = Object.groupBy(rules, (rule) => (rule.nonResourceURLs ? 'other' : 'simple'));
  const byResource = Map.groupBy(simple, ({ verbs: _, ...rest }) => JSON.stringify(rest));
  const joined = byResource.values().map((same) => ({ ...same[0], verbs: same.flatMap(({ verbs }) => verbs) }));
  return [...other, ...joined];
}

const quoted = (texts: readonly string[]) => `[${texts.map((text) => JSON.stringify(text)).join(' ')}]`;

/** As Go prints it: `{APIGroups:[""], Resources:["pods"], Verbs:["get" "list"]}` (rbac/v1, CompactString). */
function textOf({ apiGroups, resources, nonResourceURLs, resourceNames, verbs }: Rule): string {
  const named = { APIGroups: apiGroups, Resources: resources, NonResourceURLs: nonResourceURLs };
  const fields = Object.entries({ ...named, ResourceNames: resourceNames, Verbs: verbs });
  return `{${fields.flatMap(([name, list]) => (list?.length ? [`${name}:${quoted(list)}`] : [])).join(', ')}}`;
}
