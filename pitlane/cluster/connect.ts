import { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import type { ClusterConfig } from '../config/config.ts';
import { suggestion } from '../text/nearest.ts';
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
    case 'kubeconfig':
      return connectionTo(kubeConfigFromFile(cluster));
    case 'secret':
      return connectionTo(await kubeConfigFromSecret(cluster.secret, sources));
  }
}

function kubeConfigFromFile({ path, context }: Extract<ClusterConfig, { kind: 'kubeconfig' }>): KubeConfig {
  const what = path === undefined ? 'the default kubeconfig' : `the kubeconfig ${path}`;
  const kubeConfig = load(what, (config) =>
    path === undefined ? config.loadFromDefault() : config.loadFromFile(path),
  );
  if (context !== undefined) {
    const names = kubeConfig.getContexts().map(({ name }) => name);
    if (!names.includes(context)) {
      throw new CannotConnect(`Unknown context "${context}" in ${what}. ${suggestion(context, names)}`);
    }
    kubeConfig.setCurrentContext(context);
  }
  return kubeConfig;
}

/** `what` names the kubeconfig in errors. */
function load(what: string, read: (kubeConfig: KubeConfig) => void): KubeConfig {
  const kubeConfig = new KubeConfig();
  try {
    read(kubeConfig);
  } catch (cause) {
    const [why] = cause instanceof Error ? cause.message.split('\n') : ['not YAML'];
    throw new CannotConnect(`Can't read ${what}: ${why}.`, { cause });
  }
  return kubeConfig;
}

async function kubeConfigFromSecret(name: string, { readSecret }: Sources): Promise<KubeConfig> {
  if (readSecret === undefined) {
    throw new CannotConnect(
      `Can't read the secret ${name}: Pitlane has no access to a secret store. Use eks or kubeconfig.`,
    );
  }
  const yaml = await readSecret(name);
  return load(`the secret ${name}`, (kubeConfig) => kubeConfig.loadFromString(yaml));
}
