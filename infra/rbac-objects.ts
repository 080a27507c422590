import { CALLER_GROUP, groupOf, RBAC_ROLES } from '../pitlane/cluster/identity.ts';
import { journalName, MANAGED_BY, SERVICE_LABEL } from '../pitlane/cluster/journal.ts';
import type { Config } from '../pitlane/config/config.ts';
import type { Rule } from '../pitlane/operations/rights.ts';
import { HEADROOM_ROLES, HEADROOM_RULES, IMPERSONATION_RULES, namespaceRules } from './rbac-rules.ts';

/** A Role or ClusterRole, what binds one to groups, or a ConfigMap that only some may write. */
export interface RbacObject {
  readonly apiVersion: 'rbac.authorization.k8s.io/v1' | 'v1';
  readonly kind: 'Role' | 'ClusterRole' | 'RoleBinding' | 'ClusterRoleBinding' | 'ConfigMap';
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels: Readonly<Record<string, string>>;
  };
  readonly rules?: readonly Rule[];
  readonly roleRef?: { readonly apiGroup: string; readonly kind: 'Role' | 'ClusterRole'; readonly name: string };
  readonly subjects?: readonly { readonly kind: 'Group'; readonly apiGroup: string; readonly name: string }[];
}

const API_GROUP = 'rbac.authorization.k8s.io';
/** By it everything can be removed again. */
const LABELS = { 'app.kubernetes.io/part-of': 'pitlane' };

export interface RbacOptions {
  /** Only what this cluster of the configuration needs; absent: what any of them needs. */
  readonly cluster?: string;
  /** Without the rights on the whole cluster that a drain can do without. */
  readonly withoutHeadroom?: boolean;
}

/** The rights that pitlane needs in a cluster, for the services of a configuration. */
export function rbacObjects(config: Config, { cluster, withoutHeadroom = false }: RbacOptions = {}): RbacObject[] {
  const services = Object.values(config.services).filter((service) => (cluster ?? service.cluster) === service.cluster);
  const byNamespace = Map.groupBy(services, ({ namespace }) => namespace);
  return [
    ...pair('pitlane-impersonator', undefined, IMPERSONATION_RULES, [CALLER_GROUP]),
    ...(withoutHeadroom ? [] : pair('pitlane-headroom', undefined, HEADROOM_RULES, HEADROOM_ROLES.map(groupOf))),
    ...[...byNamespace].flatMap(([namespace, its]) => {
      const names = [...new Set(its.map(({ service }) => service))];
      return [
        ...names.map((service) => adminJournal(namespace, service)),
        ...RBAC_ROLES.flatMap((acts) =>
          pair(`pitlane-${acts}`, namespace, namespaceRules(acts, names), [groupOf(acts)]),
        ),
      ];
    }),
  ];
}

/**
 * The journal of the operations that take an admin. It is there from the start, so that whoever may create ConfigMaps can't
 * make it; what a ConfigMap holds already, `kubectl apply` leaves as it is.
 */
function adminJournal(namespace: string, service: string): RbacObject {
  const name = journalName({ service, isAdmin: true });
  const labels = { ...LABELS, [MANAGED_BY]: 'pitlane', [SERVICE_LABEL]: service };
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace, labels } };
}

/** A role and what binds it to the groups; without a namespace for the whole cluster. */
function pair(
  name: string,
  namespace: string | undefined,
  rules: readonly Rule[],
  groups: readonly string[],
): readonly RbacObject[] {
  const isInNamespace = namespace !== undefined;
  const kind = isInNamespace ? 'Role' : 'ClusterRole';
  const metadata = { name, ...(isInNamespace && { namespace }), labels: LABELS };
  const apiVersion = `${API_GROUP}/v1` as const;
  return [
    { apiVersion, kind, metadata, rules },
    {
      apiVersion,
      kind: isInNamespace ? 'RoleBinding' : 'ClusterRoleBinding',
      metadata,
      roleRef: { apiGroup: API_GROUP, kind, name },
      subjects: groups.map((group) => ({ kind: 'Group', apiGroup: API_GROUP, name: group })),
    },
  ];
}
