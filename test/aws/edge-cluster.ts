import { readFile } from 'node:fs/promises';
import { stringify } from 'yaml';
import { type RbacObject, rbacObjects } from '../../infra/rbac-objects.ts';
import { connectionTo } from '../../pitlane/cluster/connection.ts';
import { Unauthorized } from '../../pitlane/cluster/errors.ts';
import { PODS } from '../../pitlane/cluster/resource.ts';
import type { Config } from '../../pitlane/config/config.ts';
import { kubeconfigFromText } from '../../pitlane/kubeconfig/kubeconfig.ts';
import { deployDockerCoins } from '../../sandbox/dockercoins/deploy.ts';
import { TestCluster } from '../contract/cluster.ts';
import { until } from '../contract/until.ts';
import { startControlPlane } from '../control-plane/start.ts';

/** A real control plane with DockerCoins, and a service account for Pitlane with only the rights that infra/ grants. */
export interface EdgeCluster {
  readonly cluster: TestCluster;
  /** A kubeconfig with a new token. `revoke` resolves once the cluster refuses it. */
  login(): Promise<{ readonly kubeconfig: string; readonly revoke: () => Promise<void> }>;
  close(): Promise<void>;
}

const HOME = '/api/v1/namespaces/default';
const ACCOUNT = { kind: 'ServiceAccount', name: 'pitlane', namespace: 'default' };

export async function startEdgeCluster(config: Config): Promise<EdgeCluster> {
  const plane = await startControlPlane();
  const cluster = await TestCluster.open({ kubeConfig: plane.kubeconfig, tls: plane.kubeletCert, stop: plane.stop });
  const { http } = cluster;
  await deployDockerCoins({ kubeConfig: plane.kubeconfig });
  await http.granted('POST', `${HOME}/serviceaccounts`, { body: { metadata: { name: ACCOUNT.name } } });
  for (const object of rbacObjects(config)) await http.granted('POST', placeOf(object), { body: forAccount(object) });
  const ca = await readFile(plane.caFile, 'base64');
  let logins = 0;

  return {
    cluster,
    async login() {
      // Kubernetes refuses a token once the object is gone that it is bound to.
      logins += 1;
      const name = `login-${logins}`;
      await http.granted('POST', `${HOME}/secrets`, { body: { metadata: { name } } });
      const boundObjectRef = { apiVersion: 'v1', kind: 'Secret', name };
      const path = `${HOME}/serviceaccounts/${ACCOUNT.name}/token`;
      const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { boundObjectRef } };
      const { status } = await http.granted<{ status: { token: string } }>('POST', path, { body });
      const kubeconfig = kubeconfigOf(plane.server, ca, status.token);
      return {
        kubeconfig,
        async revoke() {
          await http.granted('DELETE', `${HOME}/secrets/${name}`);
          // The API server remembers for some seconds that a token was good.
          await until('refused', () => isRefused(kubeconfig), Boolean, 60_000);
        },
      };
    },
    close: () => cluster.close(),
  };
}

function kubeconfigOf(server: string, ca: string, token: string): string {
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'edge',
    clusters: [{ name: 'edge', cluster: { server, 'certificate-authority-data': ca } }],
    users: [{ name: 'pitlane', user: { token } }],
    contexts: [{ name: 'edge', context: { cluster: 'edge', user: 'pitlane' } }],
  });
}

async function isRefused(kubeconfig: string): Promise<boolean> {
  const loaded = kubeconfigFromText('the login', kubeconfig, {});
  if (loaded.kind === 'fault') throw new Error(loaded.messages.join(' '));
  const place = { resource: PODS, namespace: 'dockercoins' };
  const answer = connectionTo(loaded.kubeConfig).send({ verb: 'list', place });
  return answer.then(
    () => false,
    (error: unknown) => error instanceof Unauthorized,
  );
}

/** The callers' group is bound to the service account. */
function forAccount(object: RbacObject): object {
  const isOfCallers = object.subjects?.some(({ name }) => !name.includes(':'));
  return isOfCallers ? { ...object, subjects: [ACCOUNT] } : object;
}

function placeOf({ apiVersion, kind, metadata: { namespace } }: RbacObject): string {
  const base = apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`;
  return `${base}${namespace === undefined ? '' : `/namespaces/${namespace}`}/${kind.toLowerCase()}s`;
}
