import { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import type { ClusterConfig } from '../config/config.ts';
import { type Connection, connectionTo } from './connection.ts';
import { type Environment, eksKubeConfig } from './eks.ts';
import { CannotConnect } from './errors.ts';

/** Where credentials come from; all of it is the door's to give. */
export interface Sources {
  readonly env: Environment;
  readonly now: () => number;
  /** The content of a secret by its name. Absent: this door has no secrets. */
  readonly readSecret?: (name: string) => Promise<string>;
}

/** A way into a cluster of the configuration. */
export async function connect(cluster: ClusterConfig, sources: Sources): Promise<Connection> {
  switch (cluster.kind) {
    case 'eks':
      return connectionTo(await eksKubeConfig(cluster, sources.env, sources.now));
    case 'kubeconfig':
      return connectionTo(kubeConfigFromFile(cluster));
    case 'secret':
      return connectionTo(
        kubeConfigFromText(await secretText(cluster.secret, sources), `The secret ${cluster.secret}`),
      );
  }
}

/** The current context of a kubeconfig that is at hand as YAML. `what` names it in errors. */
function kubeConfigFromText(yaml: string, what: string): KubeConfig {
  return loaded(what, (kubeConfig) => kubeConfig.loadFromString(yaml));
}

function kubeConfigFromFile({ path, context }: Extract<ClusterConfig, { kind: 'kubeconfig' }>): KubeConfig {
  const what = path === undefined ? 'The default kubeconfig' : `The kubeconfig ${path}`;
  const kubeConfig = loaded(what, (config) =>
    path === undefined ? config.loadFromDefault() : config.loadFromFile(path),
  );
  if (context !== undefined) {
    const names = kubeConfig.getContexts().map(({ name }) => name);
    if (!names.includes(context)) {
      throw new CannotConnect(`${what} has no context ${context}; it has ${names.join(', ') || 'none'}.`);
    }
    kubeConfig.setCurrentContext(context);
  }
  return kubeConfig;
}

function loaded(what: string, load: (kubeConfig: KubeConfig) => void): KubeConfig {
  const kubeConfig = new KubeConfig();
  try {
    load(kubeConfig);
  } catch (cause) {
    throw new CannotConnect(`${what} can't be read: ${cause instanceof Error ? cause.message : 'not YAML'}.`, {
      cause,
    });
  }
  return kubeConfig;
}

async function secretText(name: string, { readSecret }: Sources): Promise<string> {
  if (readSecret === undefined) {
    throw new CannotConnect(`The kubeconfig is in the secret ${name}, which can only be read on AWS.`);
  }
  return readSecret(name);
}
