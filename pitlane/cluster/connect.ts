import type { ClusterConfig } from '../config/config.ts';
import { type Connection, connectionTo } from './connection.ts';
import { type Environment, eksKubeConfig } from './eks.ts';
import { CannotConnect } from './errors.ts';
import { connectionOf, secretConnection } from './secret-connection.ts';

/** The sources of credentials. */
export interface Sources {
  readonly env: Environment;
  readonly now: () => number;
  /** Reads a secret by its name until the deadline (milliseconds since the epoch). Absent: secrets are not available. */
  readonly readSecret?: (name: string, deadline: number) => Promise<string>;
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
      const { readSecret, env, now } = sources;
      const name = cluster.secret;
      if (readSecret === undefined)
        throw new CannotConnect(
          `Can't read the secret ${name}: Pitlane has no access to a secret store. Use eks or kubeconfig.`,
        );
      const { kubeconfigFromText } = await kubeconfigs();
      return secretConnection({
        now,
        read: (deadline) => readSecret(name, deadline),
        load: (text) => kubeconfigFromText(`the secret ${name}`, text, env),
      });
    }
  }
}

/** The code for kubeconfigs is loaded only where there is one: not for EKS on Lambda. */
const kubeconfigs = () => import('../kubeconfig/kubeconfig.ts');
