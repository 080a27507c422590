import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { CORE_SCHEMA, loadAll, mergeTag } from 'js-yaml';
import { suggestion } from '../text/nearest.ts';
import { oneLine } from '../text/printable.ts';
import { alternatives } from '../text/words.ts';
import { complete, type KubeconfigFile, KubectlConfig, useCredentials } from './credentials.ts';
import { type Environment, proxyFor } from './proxy.ts';

/** The chosen kubeconfig and context. */
export interface KubeconfigChoice {
  /** `--kubeconfig`, or the path in pitlane.yaml. */
  readonly path?: string;
  readonly context?: string;
}

/** How a person names another kubeconfig or context. */
interface Ways {
  readonly path: string;
  readonly context: string;
}

export const FLAGS: Ways = { path: 'add --kubeconfig', context: 'Add --context with' };
export const IN_CONFIG: Ways = {
  path: 'set the path of the kubeconfig in pitlane.yaml',
  context: 'Set the context of the kubeconfig in pitlane.yaml to',
};

export type LoadedKubeconfig =
  | {
      readonly kind: 'kubeconfig';
      readonly kubeConfig: KubectlConfig;
      /** The context's namespace, if it has one. */
      readonly namespace?: string;
    }
  | Fault;

/** Sentences: what is wrong or missing, and what to do. */
export interface Fault {
  readonly kind: 'fault';
  readonly messages: readonly string[];
}

/** A pod's own credentials (client-go rest.InClusterConfig). */
const POD_TOKEN = '/var/run/secrets/kubernetes.io/serviceaccount/token';

/** Loads the kubeconfig that kubectl would use: the flag, KUBECONFIG (several files), ~/.kube/config, or the pod's account. */
export function loadKubeconfig(
  { path, context }: KubeconfigChoice,
  env: Environment,
  ways: Ways = FLAGS,
): LoadedKubeconfig {
  const kubeConfig = new KubectlConfig();
  const problem = path === undefined ? loadDefault(kubeConfig, env, ways) : loadFiles(kubeConfig, [path]);
  if (problem !== undefined) return fault(problem);
  const loaded = withContext(kubeConfig, context, env, ways);
  // client-node allows plain HTTP, as of kubectl proxy, only without TLS verification.
  kubeConfig.clusters = kubeConfig.getClusters().map((each) => ({
    ...each,
    skipTLSVerify: each.skipTLSVerify || each.server.startsWith('http://'),
  }));
  return loaded;
}

const IN_SECRET: Ways = { path: 'create the secret', context: 'Set its current-context to' };

/** Loads a kubeconfig from its text: `what` names it. Refuses one that needs programs or files beside it. */
export function kubeconfigFromText(what: string, text: string, env: Environment): LoadedKubeconfig {
  const kubeConfig = new KubectlConfig();
  const problem = merge(kubeConfig, what, '/', text) ?? missingBeside(kubeConfig, what);
  return problem === undefined ? withContext(kubeConfig, undefined, env, IN_SECRET) : fault(problem);
}

/** A secret has only its text: no credential plugin and no file of the machine where the kubeconfig was made. */
function missingBeside(kubeConfig: KubectlConfig, what: string): string | undefined {
  const [user, cluster] = [kubeConfig.getCurrentUser(), kubeConfig.getCurrentCluster()];
  if (user?.exec)
    return `User "${user.name}" in ${what} runs the plugin ${oneLine(String(user.exec.command))}, which a secret does not contain. Use a token, or client-certificate-data and client-key-data.`;
  const files = {
    'certificate-authority': cluster?.caFile,
    'client-certificate': user?.certFile,
    'client-key': user?.keyFile,
    tokenFile: user?.authProvider?.config?.tokenFile,
  };
  const [field] = Object.entries(files).find(([, path]) => path) ?? [];
  if (field === undefined) return undefined;
  const data =
    field === 'tokenFile' ? 'Use token.' : 'kubectl config view --raw --flatten prints a kubeconfig without files.';
  return `The kubeconfig in ${what} names a file in ${field}, which a secret does not contain. ${data}`;
}

function withContext(
  kubeConfig: KubectlConfig,
  context: string | undefined,
  env: Environment,
  ways: Ways,
): LoadedKubeconfig {
  const known = kubeConfig.getContexts().map(({ name }) => name);
  const wanted = context ?? kubeConfig.getCurrentContext();
  if (known.length === 0) return fault('The kubeconfig has no contexts.');
  if (!wanted) return fault(`The kubeconfig has no current context. ${ways.context} ${alternatives(known)}.`);
  if (!known.includes(wanted))
    return fault(`Unknown context "${wanted}" in the kubeconfig. ${suggestion(wanted, known)}`);
  kubeConfig.setCurrentContext(wanted);
  if (!kubeConfig.getCurrentCluster())
    return fault(`Context "${wanted}" refers to a cluster that is not in the kubeconfig.`);
  const refusal = useCredentials(kubeConfig);
  if (refusal !== undefined) return fault(refusal);
  kubeConfig.clusters = kubeConfig.getClusters().map((each) => ({
    ...each,
    proxyUrl: each.proxyUrl || proxyFor(each.server, env),
  }));
  const namespace = kubeConfig.getContextObject(wanted)?.namespace;
  return { kind: 'kubeconfig', kubeConfig, namespace: namespace || undefined };
}

export function fault(...messages: readonly string[]): Fault {
  return { kind: 'fault', messages };
}

/** Returns a sentence if it fails. */
function loadDefault(kubeConfig: KubectlConfig, env: Environment, ways: Ways): string | undefined {
  const named = (env.KUBECONFIG ?? '').split(delimiter).filter((each) => each !== '');
  if (named.length > 0) {
    // As kubectl does, ignore missing files in the list.
    const files = named.filter((file) => existsSync(file));
    return files.length > 0
      ? loadFiles(kubeConfig, files)
      : `KUBECONFIG names ${alternatives(named, 'and')}, but no such file exists.`;
  }
  const file = join(env.HOME || homedir(), '.kube', 'config');
  if (existsSync(file)) return loadFiles(kubeConfig, [file]);
  if (env.KUBERNETES_SERVICE_HOST && existsSync(POD_TOKEN)) {
    kubeConfig.loadFromCluster();
    return undefined;
  }
  return `No kubeconfig found. Set KUBECONFIG, ${ways.path}, or create ${file}.`;
}

function loadFiles(kubeConfig: KubectlConfig, files: readonly string[]): string | undefined {
  for (const file of files) {
    if (!existsSync(file)) return `The kubeconfig ${file} does not exist.`;
    let text: string;
    try {
      text = readFileSync(file, 'utf8');
    } catch (error) {
      return unreadable(`the kubeconfig ${file}`, error);
    }
    const problem = merge(kubeConfig, `the kubeconfig ${file}`, dirname(resolve(file)), text);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function unreadable(what: string, error: unknown): string {
  return `Can't read ${what}: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}.`;
}

/** The first file that defines a name wins, as in kubectl. client-node's own merge throws on duplicates. */
function merge(into: KubectlConfig, what: string, folder: string, text: string): string | undefined {
  const next = new KubectlConfig();
  try {
    const [file] = loadAll(text, { schema: CORE_SCHEMA.withTags(mergeTag) }) as (KubeconfigFile | null | undefined)[];
    // As kubectl does, ignore empty files.
    if (file === null || file === undefined) return undefined;
    // Not from the text: client-node does not know the merge keys (<<) that kubectl takes.
    next.loadFromString(JSON.stringify(file));
    next.makePathsAbsolute(folder);
    complete(next, folder, file);
  } catch (error) {
    return unreadable(what, error);
  }
  const isNew = (known: readonly { readonly name: string }[]) => (each: { readonly name: string }) =>
    !known.some(({ name }) => name === each.name);
  into.clusters = [...into.getClusters(), ...next.getClusters().filter(isNew(into.getClusters()))];
  into.users = [...into.getUsers(), ...next.getUsers().filter(isNew(into.getUsers()))];
  into.contexts = [...into.getContexts(), ...next.getContexts().filter(isNew(into.getContexts()))];
  if (!into.getCurrentContext()) into.setCurrentContext(next.getCurrentContext());
  return undefined;
}
