import { kindOf } from '../api/kinds.ts';
import type { Cluster } from './cluster.ts';
import { create } from './lifecycle/create.ts';

/** Creates the objects of a new cluster: namespaces with their default ServiceAccounts, and the Service kubernetes. */
export function bootstrap(cluster: Cluster): void {
  for (const name of ['default', 'kube-node-lease', 'kube-public', 'kube-system']) {
    create(cluster, kindOf('namespaces'), { metadata: { name } });
    create(cluster, kindOf('serviceaccounts'), { metadata: { name: 'default', namespace: name } });
  }
  for (const [name, value] of [
    ['system-cluster-critical', 2_000_000_000],
    ['system-node-critical', 2_000_001_000],
  ] as const)
    create(cluster, kindOf('priorityclasses'), { metadata: { name }, value });
  create(cluster, kindOf('services'), {
    metadata: {
      name: 'kubernetes',
      namespace: 'default',
      labels: { component: 'apiserver', provider: 'kubernetes' },
    },
    spec: { clusterIP: '10.96.0.1', ports: [{ name: 'https', port: 443, targetPort: 6443 }] },
  });
}
