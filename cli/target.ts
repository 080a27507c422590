import { existsSync } from 'node:fs';
import { type Connection, connectionTo } from '../pitlane/cluster/connection.ts';
import { CannotConnect } from '../pitlane/cluster/errors.ts';
import { readUser } from '../pitlane/cluster/whoami.ts';
import { type Config, DEFAULT_CONFIG_FILE, DEFAULT_POLICY, type ServiceConfig } from '../pitlane/config/config.ts';
import { type Fault, fault, type KubeconfigChoice, loadKubeconfig } from '../pitlane/kubeconfig/kubeconfig.ts';
import { failFast } from './fail-fast.ts';
import type { Options } from './options.ts';
import type { Terminal } from './terminal.ts';

/** The service of a command, and the connection to its cluster. */
export interface FoundTarget {
  readonly kind: 'target';
  readonly service: ServiceConfig;
  readonly connection: Connection;
  /** From the flags or the configuration. */
  readonly kubeconfig: KubeconfigChoice;
  /** The name of the user in the kubeconfig. */
  readonly user?: string | undefined;
}

export type Target = FoundTarget | Fault;

export type FoundConfig = { readonly kind: 'config'; readonly config: Config; readonly path: string } | Fault;

/** The configuration. Undefined: none was named and ./pitlane.yaml does not exist. */
export async function findConfig(options: Options, env: Terminal['env']): Promise<FoundConfig | undefined> {
  const isNamed = options.config !== undefined || Boolean(env.PITLANE_CONFIG);
  if (!isNamed && !existsSync(DEFAULT_CONFIG_FILE)) return undefined;
  // Without a configuration, the libraries that read and check it need not load.
  const { configPath, formatFault, loadConfig } = await import('../pitlane/config/file.ts');
  const loaded = loadConfig(options.config ?? configPath(env));
  switch (loaded.kind) {
    case 'config':
      return loaded;
    case 'faulty':
      return fault(...loaded.faults.map((found) => formatFault(loaded.path, found)));
    case 'unreadable':
      return fault(loaded.message);
  }
}

/** The contexts of the kubeconfig. */
export function knownContexts({ kubeconfig: path }: Options, env: Terminal['env']): readonly string[] {
  const loaded = loadKubeconfig({ path }, env);
  return loaded.kind === 'fault' ? [] : loaded.kubeConfig.getContexts().map(({ name }) => name);
}

/** `key`: a service of the configuration, or the name of a Service in the namespace. Flags override the configuration. */
export function findTarget(key: string, config: Config | undefined, options: Options, env: Terminal['env']): Target {
  const configured = config && Object.hasOwn(config.services, key) ? config.services[key] : undefined;
  const choice = kubeconfigChoice(configured, config, options);
  if (choice.kind === 'fault') return choice;
  const kubeconfig = loadKubeconfig(choice.kubeconfig, env);
  if (kubeconfig.kind === 'fault') return kubeconfig;
  const { kubeConfig } = kubeconfig;
  const service: ServiceConfig = {
    key,
    cluster: '',
    policy: DEFAULT_POLICY,
    ...configured,
    namespace: options.namespace ?? configured?.namespace ?? kubeconfig.namespace ?? 'default',
    service: options.service ?? configured?.service ?? key,
  };
  const address = `${kubeConfig.getCurrentCluster()?.server} (context ${kubeConfig.getCurrentContext()})`;
  const connection = failFast(connectionTo(kubeConfig), address);
  const user = kubeConfig.getCurrentUser()?.name;
  return { kind: 'target', service, connection, kubeconfig: choice.kubeconfig, user };
}

/** Long names of federated users are cut to what a record keeps. */
const MAX_USER = 253;

/** The person for the records: the user of the cluster, else of the kubeconfig, else of the machine. */
export async function userOf(target: FoundTarget | undefined, terminal: Pick<Terminal, 'user'>): Promise<string> {
  const user = (target && ((await readUser(target.connection)) ?? target.user)) || terminal.user;
  return user.slice(0, MAX_USER);
}

/** Connects to a cluster of the configuration. Throws CannotConnect. */
export function connectTo(cluster: string, config: Config, options: Options, env: Terminal['env']): Connection {
  const [key = ''] = Object.keys(config.services).filter((each) => config.services[each]?.cluster === cluster);
  const target = findTarget(key, config, options, env);
  if (target.kind === 'fault') throw new CannotConnect(target.messages.join(' '));
  return target.connection;
}

type Choice = { readonly kind: 'choice'; readonly kubeconfig: KubeconfigChoice } | Fault;

function kubeconfigChoice(service: ServiceConfig | undefined, config: Config | undefined, options: Options): Choice {
  const { kubeconfig: path, context } = options;
  const cluster = service && config?.clusters[service.cluster];
  if (cluster === undefined || path !== undefined || context !== undefined)
    return { kind: 'choice', kubeconfig: { path, context } };
  if (cluster.kind === 'kubeconfig') return { kind: 'choice', kubeconfig: cluster };
  const how = cluster.kind === 'eks' ? 'the role of its Lambda functions' : 'a secret on AWS';
  return fault(
    `Pitlane reaches cluster ${service?.cluster} with ${how}. From here, add --context with a context of your kubeconfig.`,
  );
}
