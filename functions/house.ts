import { connect } from '../pitlane/cluster/connect.ts';
import type { Connection } from '../pitlane/cluster/connection.ts';
import { identityOf } from '../pitlane/cluster/identity.ts';
import type { Config, ServiceConfig } from '../pitlane/config/config.ts';
import { createPitlane, type Pitlane } from '../pitlane/operate/pitlane.ts';
import { readConfig } from './config.ts';

/** The use case as the Lambda functions run it. */
export interface FunctionHouse {
  readonly pitlane: Pitlane;
  /** Undefined: no such service is configured. */
  readonly service: (key: string) => ServiceConfig | undefined;
  readonly access: Config['access'];
}

/**
 * From the configuration that is packed with the function; `open` is the way into a cluster. What is asked of Kubernetes
 * is asked as the person it is for, with the rights of one role: those that the request takes. The clock's own looks are
 * for nobody. Throws ConfigUnusable.
 */
export function house(env: NodeJS.ProcessEnv = process.env, open = connect): FunctionHouse {
  const config = readConfig(env);
  const service = (key: string) => (Object.hasOwn(config.services, key) ? config.services[key] : undefined);
  // A connection is kept as long as the function's instance lives: TLS and, on EKS, a token come with it.
  const connections = new Map<string, Promise<Connection>>();
  const connectTo = (name: string): Promise<Connection> => {
    const kept = connections.get(name) ?? open(clusterNamed(config, name), { env, now: Date.now });
    connections.set(name, kept);
    kept.catch(() => connections.delete(name));
    return kept;
  };
  const pitlane = createPitlane({
    service,
    keys: Object.keys(config.services),
    access: config.access,
    connect: async (cluster, asker) => (await connectTo(cluster)).as(identityOf(asker)),
    now: Date.now,
  });
  return { service, access: config.access, pitlane };
}

let opened: FunctionHouse | undefined;

/** Opened once for each Lambda instance, when the first event comes. */
export function openHouse(): FunctionHouse {
  opened ??= house();
  return opened;
}

function clusterNamed(config: Config, name: string) {
  const cluster = config.clusters[name];
  if (cluster === undefined) throw new Error(`the cluster ${name} is not configured`);
  return cluster;
}
