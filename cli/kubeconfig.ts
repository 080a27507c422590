import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import { parseDocument } from 'yaml';
import { suggestion } from '../pitlane/text/nearest.ts';
import { alternatives } from '../pitlane/text/words.ts';
import { complete, useCredentials } from './credentials.ts';
import { proxyFor } from './proxy.ts';
import type { Terminal } from './terminal.ts';

/** The chosen kubeconfig and context. */
export interface KubeconfigChoice {
  /** `--kubeconfig`, or the path in pitlane.yaml. */
  readonly path?: string;
  readonly context?: string;
}

export type LoadedKubeconfig =
  | {
      readonly kind: 'kubeconfig';
      readonly kubeConfig: KubeConfig;
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
export function loadKubeconfig({ path, context }: KubeconfigChoice, env: Terminal['env']): LoadedKubeconfig {
  const kubeConfig = new KubeConfig();
  const problem = path === undefined ? loadDefault(kubeConfig, env) : loadFiles(kubeConfig, [path]);
  if (problem !== undefined) return fault(problem);
  const known = kubeConfig.getContexts().map(({ name }) => name);
  const wanted = context ?? kubeConfig.getCurrentContext();
  if (known.length === 0) return fault('The kubeconfig has no contexts.');
  if (!wanted) return fault(`The kubeconfig has no current context. Add --context with ${alternatives(known)}.`);
  if (!known.includes(wanted))
    return fault(`Unknown context "${wanted}" in the kubeconfig. ${suggestion(wanted, known)}`);
  kubeConfig.setCurrentContext(wanted);
  if (!kubeConfig.getCurrentCluster())
    return fault(`Context "${wanted}" refers to a cluster that is not in the kubeconfig.`);
  const refusal = useCredentials(kubeConfig);
  if (refusal !== undefined) return fault(refusal);
  kubeConfig.clusters = kubeConfig.getClusters().map((each) => ({
    ...each,
    // client-node allows plain HTTP, as of kubectl proxy, only without TLS verification.
    skipTLSVerify: each.skipTLSVerify || each.server.startsWith('http://'),
    proxyUrl: each.proxyUrl || proxyFor(each.server, env),
  }));
  const namespace = kubeConfig.getContextObject(wanted)?.namespace;
  return { kind: 'kubeconfig', kubeConfig, namespace: namespace || undefined };
}

export function fault(...messages: readonly string[]): Fault {
  return { kind: 'fault', messages };
}

/** Returns a sentence if it fails. */
function loadDefault(kubeConfig: KubeConfig, env: Terminal['env']): string | undefined {
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
  return `No kubeconfig found. Set KUBECONFIG, add --kubeconfig, or create ${file}.`;
}

function loadFiles(kubeConfig: KubeConfig, files: readonly string[]): string | undefined {
  for (const file of files) {
    if (!existsSync(file)) return `The kubeconfig ${file} does not exist.`;
    try {
      const document = parseDocument(readFileSync(file, 'utf8'), { merge: true });
      // As kubectl does, ignore empty files.
      if (document.contents === null && document.errors.length === 0) continue;
      const next = new KubeConfig();
      next.loadFromFile(file);
      complete(next, file, document.toJS());
      merge(kubeConfig, next);
    } catch (error) {
      return `Can't read the kubeconfig ${file}: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`;
    }
  }
  return undefined;
}

/** The first file that defines a name wins, as in kubectl. client-node's own merge throws on duplicates. */
function merge(into: KubeConfig, next: KubeConfig): void {
  const isNew = (known: readonly { readonly name: string }[]) => (each: { readonly name: string }) =>
    !known.some(({ name }) => name === each.name);
  into.clusters = [...into.getClusters(), ...next.getClusters().filter(isNew(into.getClusters()))];
  into.users = [...into.getUsers(), ...next.getUsers().filter(isNew(into.getUsers()))];
  into.contexts = [...into.getContexts(), ...next.getContexts().filter(isNew(into.getContexts()))];
  if (!into.getCurrentContext()) into.setCurrentContext(next.getCurrentContext());
}
