import { connect } from '../pitlane/cluster/connect.ts';
import type { Connection } from '../pitlane/cluster/connection.ts';
import { identityOf } from '../pitlane/cluster/identity.ts';
import type { House } from '../pitlane/operate/house.ts';
import { createPitlane } from '../pitlane/operate/pitlane.ts';
import type { OpenHouse } from '../pitlane/operate/use-case.ts';
import { readAwsSecret } from './aws-secret.ts';
import { readConfig } from './config.ts';
import { type DoorName, logJson } from './log.ts';
import { logOperation } from './log-operation.ts';

export type FunctionHouse = OpenHouse;

/**
 * Opens the use case with the configuration that is packed with the function. `open` connects to a cluster. Each
 * request to Kubernetes impersonates the person, with the rights of the role that the request needs. The tick's own
 * reads impersonate no person. Throws ConfigUnusable.
 */
export function house(
  env: NodeJS.ProcessEnv = process.env,
  open = connect,
  now = Date.now,
  operated?: House['operated'],
): FunctionHouse {
  const config = readConfig(env);
  const service = (key: string) => (Object.hasOwn(config.services, key) ? config.services[key] : undefined);
  // Connections are kept as long as the Lambda instance, since TLS and EKS tokens take time.
  const connections = new Map<string, Promise<Connection>>();
  const connectTo = async (name: string): Promise<Connection> => {
    const cluster = config.clusters[name];
    if (cluster === undefined) throw new Error(`the cluster ${name} is not configured`);
    const kept = connections.get(name) ?? open(cluster, { env, now, readSecret: readAwsSecret(env) });
    connections.set(name, kept);
    kept.catch(() => connections.delete(name));
    return kept;
  };
  const { access, services } = config;
  const pitlane = createPitlane({
    service,
    keys: Object.keys(services),
    access,
    connect: async (cluster, asker) => (await connectTo(cluster)).as(identityOf(asker)),
    now,
    hasTick: true,
    operated,
  });
  return { service, access, pitlane };
}

let opened: FunctionHouse | undefined;

/** Opens the use case with the first event, once for each Lambda instance, which has one door. */
export function openHouse(door: DoorName): FunctionHouse {
  opened ??= house(process.env, connect, Date.now, logOperation(door, logJson));
  return opened;
}
