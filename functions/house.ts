import { connect } from '../pitlane/cluster/connect.ts';
import type { Connection } from '../pitlane/cluster/connection.ts';
import { configPath, formatFault, loadConfig } from '../pitlane/config/file.ts';
import type { Config, ServiceConfig } from '../pitlane/config.ts';
import { createPitlane, type Pitlane } from '../pitlane/operate.ts';

/** The use case as the Lambda functions run it. */
export interface FunctionHouse {
  readonly pitlane: Pitlane;
  /** Undefined: no such service is configured. */
  readonly service: (key: string) => ServiceConfig | undefined;
}

/** From the configuration that is packed with the function. Throws a sentence for each mistake in it. */
export function house(env: NodeJS.ProcessEnv = process.env): FunctionHouse {
  const config = configured(env);
  const service = (key: string) => (Object.hasOwn(config.services, key) ? config.services[key] : undefined);
  // A connection is kept as long as the function's instance lives: TLS and, on EKS, a token come with it.
  const connections = new Map<string, Promise<Connection>>();
  const connectTo = (name: string): Promise<Connection> => {
    const kept = connections.get(name) ?? open(config, name, env);
    connections.set(name, kept);
    kept.catch(() => connections.delete(name));
    return kept;
  };
  return { service, pitlane: createPitlane({ service, connect: connectTo, now: Date.now }) };
}

async function open(config: Config, name: string, env: NodeJS.ProcessEnv): Promise<Connection> {
  const cluster = config.clusters[name];
  if (cluster === undefined) throw new Error(`the cluster ${name} is not configured`);
  return connect(cluster, { env, now: Date.now });
}

function configured(env: NodeJS.ProcessEnv): Config {
  const loaded = loadConfig(configPath(env));
  switch (loaded.kind) {
    case 'config':
      return loaded.config;
    case 'unreadable':
      throw new Error(loaded.message);
    case 'faulty':
      throw new Error(loaded.faults.map((fault) => formatFault(loaded.path, fault)).join(' '));
  }
}
