import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RbacObject } from '../../../infra/rbac-objects.ts';
import type { Space } from '../../contract/space.ts';

/** The credentials of Pitlane, and the form of its rights in the cluster. */
export interface Caller {
  /** Path of a file. */
  readonly kubeconfig: string;
  /** Default: the current one. */
  readonly context?: string;
  /** Renames objects on a shared cluster, so that no real installation changes. */
  readonly adapt: (object: RbacObject) => object;
}

/** On a shared cluster, where tests cannot create users: a service account, which is bound instead of the group. */
export async function serviceAccount({ cluster, name: namespace }: Space, folder: string): Promise<Caller> {
  const account = `/api/v1/namespaces/${namespace}/serviceaccounts/default`;
  const { status } = await cluster.http.granted<{ status: { token: string } }>('POST', `${account}/token`, {
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 3600 } },
  });
  const current = cluster.kubeConfig.getCurrentCluster();
  const kubeconfig = join(folder, 'service-account.kubeconfig');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: 'shared',
        cluster: {
          server: current?.server,
          'certificate-authority': current?.caFile,
          'certificate-authority-data': current?.caData,
          'insecure-skip-tls-verify': current?.skipTLSVerify,
        },
      },
    ],
    users: [{ name: 'default', user: { token: status.token } }],
    contexts: [{ name: 'shared', context: { cluster: 'shared', user: 'default' } }],
    'current-context': 'shared',
  };
  await writeFile(kubeconfig, JSON.stringify(config), { mode: 0o600 });
  const own = (name: string) => `${name}-${namespace}`;
  return {
    kubeconfig,
    adapt(object) {
      const { metadata, roleRef, subjects } = object;
      if (metadata.namespace !== undefined) return object;
      const isOfCallers = subjects?.some(({ name }) => !name.includes(':'));
      return {
        ...object,
        metadata: { ...metadata, name: own(metadata.name) },
        ...(roleRef && { roleRef: { ...roleRef, name: own(roleRef.name) } }),
        ...(isOfCallers && { subjects: [{ kind: 'ServiceAccount', name: 'default', namespace }] }),
      };
    },
  };
}
