import type { Json } from '../api/json.ts';
import { kindOf } from '../api/kinds.ts';
import defaultRoles from './authorization/default-roles.json' with { type: 'json' };
import type { Cluster } from './cluster.ts';
import { create } from './lifecycle/create.ts';

const priorities = { 'system-cluster-critical': 2_000_000_000, 'system-node-critical': 2_000_001_000 };

/** Creates the objects of a new cluster: namespaces with their default ServiceAccounts, the Service kubernetes, and roles. */
export function bootstrap(cluster: Cluster): void {
  for (const name of ['default', 'kube-node-lease', 'kube-public', 'kube-system']) {
    create(cluster, kindOf('namespaces'), { metadata: { name } });
    create(cluster, kindOf('serviceaccounts'), { metadata: { name: 'default', namespace: name } });
  }
  for (const [name, value] of Object.entries(priorities)) {
    create(cluster, kindOf('priorityclasses'), { metadata: { name }, value });
  }
  create(cluster, kindOf('services'), {
    metadata: {
      name: 'kubernetes',
      namespace: 'default',
      labels: { component: 'apiserver', provider: 'kubernetes' },
    },
    spec: { clusterIP: '10.96.0.1', ports: [{ name: 'https', port: 443, targetPort: 6443 }] },
  });
  createRoles(cluster);
}

/** The roles for people (plugin/pkg/auth/authorizer/rbac/bootstrappolicy); those of Kubernetes' own parts need none here. */
function createRoles(cluster: Cluster): void {
  const metadataOf = (name: string, labels: object = {}) => ({
    name,
    labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults', ...labels },
    annotations: { 'rbac.authorization.kubernetes.io/autoupdate': 'true' },
  });
  for (const { name, labels, ...role } of structuredClone(defaultRoles.clusterRoles) as Json[])
    create(cluster, kindOf('clusterroles'), { metadata: metadataOf(name, labels), ...role });
  for (const { name, groups } of defaultRoles.clusterRoleBindings) {
    const subjects = groups.map((group) => ({ kind: 'Group', name: group }));
    const roleRef = { kind: 'ClusterRole', name };
    create(cluster, kindOf('clusterrolebindings'), { metadata: metadataOf(name), subjects, roleRef });
  }
}
