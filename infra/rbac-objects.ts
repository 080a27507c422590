import { CALLER_GROUP, groupOf, RBAC_ROLES } from '../pitlane/cluster/identity.ts';
import { journalName } from '../pitlane/cluster/journal.ts';
import type { Config } from '../pitlane/config/config.ts';
import type { Rule } from '../pitlane/operations/rights.ts';
import { MANAGED_BY, SERVICE_LABEL } from '../pitlane/rotation/marks.ts';
import { HEADROOM_ROLES, HEADROOM_RULES, IMPERSONATION_RULES, namespaceRules } from './rbac-rules.ts';

/** A Role, a ClusterRole, a binding, or the journal of admin operations. */
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
/** Selects everything for removal. */
const LABELS = { 'app.kubernetes.io/part-of': 'pitlane' };

export interface RbacOptions {
  /** A cluster of the configuration. Absent: the permissions for all clusters. */
  readonly cluster?: string;
  /** Leaves out the optional cluster-wide permissions. */
  readonly withoutHeadroom?: boolean;
}

/** The permissions that Pitlane needs in a cluster for the services of a configuration. */
export function rbacObjects(config: Config, { cluster, withoutHeadroom = false }: RbacOptions = {}): RbacObject[] {
  const services = Object.values(config.services).filter((service) => (cluster ?? service.cluster) === service.cluster);
  const byNamespace = Map.groupBy(services, ({ namespace }) => namespace);
  return [
    ...roleAndBinding('pitlane-impersonator', undefined, IMPERSONATION_RULES, [CALLER_GROUP]),
    ...(withoutHeadroom
      ? []
      : roleAndBinding('pitlane-headroom', undefined, HEADROOM_RULES, HEADROOM_ROLES.map(groupOf))),
    ...[...byNamespace].flatMap(([namespace, its]) => {
      const names = [...new Set(its.map(({ service }) => service))];
      return [
        ...names.map((service) => adminJournal(namespace, service)),
        ...RBAC_ROLES.flatMap((role) =>
          roleAndBinding(`pitlane-${role}`, namespace, namespaceRules(role, names), [groupOf(role)]),
        ),
      ];
    }),
  ];
}

/**
 * The journal of admin operations. It exists from the start, so that a role that may create ConfigMaps can't create it;
 * `kubectl apply` keeps the data of an existing one.
 */
function adminJournal(namespace: string, service: string): RbacObject {
  const name = journalName({ service, isAdmin: true });
  const labels = { ...LABELS, [MANAGED_BY]: 'pitlane', [SERVICE_LABEL]: service };
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace, labels } };
}

/** A role and its binding to the groups; without a namespace, for the whole cluster. */
function roleAndBinding(
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
