import { connect } from '../pitlane/cluster/connect.ts';
import type { Connection } from '../pitlane/cluster/connection.ts';
import type { Config, ServiceConfig } from '../pitlane/config.ts';
import { createPitlane, type Pitlane } from '../pitlane/operate.ts';
import { readConfig } from './config.ts';

/** The use case as the Lambda functions run it. */
export interface FunctionHouse {
  readonly pitlane: Pitlane;
  /** Undefined: no such service is configured. */
  readonly service: (key: string) => ServiceConfig | undefined;
}

/** From the configuration that is packed with the function. Throws ConfigUnusable. */
export function house(env: NodeJS.ProcessEnv = process.env): FunctionHouse {
  const config = readConfig(env);
  const service = (key: string) => (Object.hasOwn(config.services, key) ? config.services[key] : undefined);
  const keys = Object.keys(config.services);
  // A connection is kept as long as the function's instance lives: TLS and, on EKS, a token come with it.
  const connections = new Map<string, Promise<Connection>>();
  const connectTo = (name: string): Promise<Connection> => {
    const kept = connections.get(name) ?? open(config, name, env);
    connections.set(name, kept);
    kept.catch(() => connections.delete(name));
    return kept;
  };
  return { service, pitlane: createPitlane({ service, keys, connect: connectTo, now: Date.now }) };
}

async function open(config: Config, name: string, env: NodeJS.ProcessEnv): Promise<Connection> {
  const cluster = config.clusters[name];
  if (cluster === undefined) throw new Error(`the cluster ${name} is not configured`);
  return connect(cluster, { env, now: Date.now });
}
