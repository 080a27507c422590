import type { ClusterConfig } from '../config/config.ts';
import type { LoadedKubeconfig } from '../kubeconfig/kubeconfig.ts';
import { type Connection, connectionTo } from './connection.ts';
import { type Environment, eksKubeConfig } from './eks.ts';
import { CannotConnect } from './errors.ts';

/** The sources of credentials. */
export interface Sources {
  readonly env: Environment;
  readonly now: () => number;
  /** Reads a secret by its name. Absent: secrets are not available. */
  readonly readSecret?: (name: string) => Promise<string>;
}

/** Connects to a cluster of the configuration. */
export async function connect(cluster: ClusterConfig, sources: Sources): Promise<Connection> {
  switch (cluster.kind) {
    case 'eks':
      return connectionTo(await eksKubeConfig(cluster, sources.env, sources.now));
    case 'kubeconfig': {
      const { IN_CONFIG, loadKubeconfig } = await kubeconfigs();
      return connectionOf(loadKubeconfig(cluster, sources.env, IN_CONFIG));
    }
    case 'secret': {
      const text = await readSecretOf(cluster.secret, sources);
      const { kubeconfigFromText } = await kubeconfigs();
      return connectionOf(kubeconfigFromText(`the secret ${cluster.secret}`, text, sources.env));
    }
  }
}

/** The code for kubeconfigs is loaded only where there is one: not for EKS on Lambda. */
const kubeconfigs = () => import('../kubeconfig/kubeconfig.ts');

function connectionOf(loaded: LoadedKubeconfig): Connection {
  if (loaded.kind === 'fault') throw new CannotConnect(loaded.messages.join(' '));
  return connectionTo(loaded.kubeConfig);
}

async function readSecretOf(name: string, { readSecret }: Sources): Promise<string> {
  if (readSecret === undefined) {
    throw new CannotConnect(
      `Can't read the secret ${name}: Pitlane has no access to a secret store. Use eks or kubeconfig.`,
    );
  }
  return readSecret(name);
}
