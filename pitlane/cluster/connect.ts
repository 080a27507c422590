import { setTimeout } from 'node:timers/promises';
import type { ClusterConfig } from '../config/config.ts';
import type { LoadedKubeconfig } from '../kubeconfig/kubeconfig.ts';
import { type Connection, connectionTo } from './connection.ts';
import { type Environment, eksConnection } from './eks.ts';
import { CannotConnect } from './errors.ts';
import { renewedConnection } from './renewed-connection.ts';

/** The sources of credentials. */
export interface Sources {
  readonly env: Environment;
  readonly now: () => number;
  /** Reads a secret by its name until the deadline (milliseconds since the epoch). Absent: secrets are not available. */
  readonly readSecret?: (name: string, deadline: number) => Promise<string>;
  /** Between two attempts to ask AWS. */
  readonly sleep?: (ms: number) => Promise<void>;
}

/** Connects to a cluster of the configuration. */
export async function connect(cluster: ClusterConfig, sources: Sources): Promise<Connection> {
  switch (cluster.kind) {
    case 'eks':
      return eksConnection(cluster, { sleep: (ms) => setTimeout(ms), ...sources });
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
      return renewedConnection({
        now,
        refused: 'The cluster refused the credentials of its secret (401).',
        read: (deadline) => readSecret(name, deadline),
        load: (text) => connectionOf(kubeconfigFromText(`the secret ${name}`, text, env)),
      });
    }
  }
}

/** The code for kubeconfigs is loaded only where there is one: not for EKS on Lambda. */
const kubeconfigs = () => import('../kubeconfig/kubeconfig.ts');

function connectionOf(loaded: LoadedKubeconfig): Connection {
  if (loaded.kind === 'fault') throw new CannotConnect(loaded.messages.join(' '));
  return connectionTo(loaded.kubeConfig);
}
