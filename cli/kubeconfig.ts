import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node/dist/config.js';
import { nearestWord } from '../pitlane/text/nearest.ts';
import { alternatives } from '../pitlane/text/words.ts';

/** Which kubeconfig, and which of its contexts. */
export interface KubeconfigChoice {
  /** `--kubeconfig`, or the path in pitlane.yaml. */
  readonly path?: string;
  readonly context?: string;
}

export type LoadedKubeconfig =
  | {
      readonly kind: 'kubeconfig';
      readonly kubeConfig: KubeConfig /** The context's own; absent: it names none. */;
      readonly namespace?: string;
    }
  /** A sentence: what is missing, and what to do. */
  | { readonly kind: 'fault'; readonly message: string };

type Environment = Readonly<Record<string, string | undefined>>;

/** Where Kubernetes puts a pod's own credentials (client-go rest.InClusterConfig). */
const POD_TOKEN = '/var/run/secrets/kubernetes.io/serviceaccount/token';

/** Finds the way into a cluster as kubectl does: the flag, KUBECONFIG (several files), ~/.kube/config, the pod's own account. */
export function loadKubeconfig({ path, context }: KubeconfigChoice, env: Environment): LoadedKubeconfig {
  const kubeConfig = new KubeConfig();
  const fault = path === undefined ? loadDefault(kubeConfig, env) : loadFiles(kubeConfig, [path]);
  if (fault !== undefined) return { kind: 'fault', message: fault };
  const known = kubeConfig.getContexts().map(({ name }) => name);
  const wanted = context ?? kubeConfig.getCurrentContext();
  if (!wanted)
    return {
      kind: 'fault',
      message: `The kubeconfig has no current context, expected --context with ${alternatives(known) || 'one of its contexts'}.`,
    };
  if (!known.includes(wanted)) {
    const nearest = nearestWord(wanted, known);
    const expected = nearest === undefined ? alternatives(known) || 'a kubeconfig that has some' : nearest;
    return { kind: 'fault', message: `The kubeconfig has no context "${wanted}", expected ${expected}.` };
  }
  kubeConfig.setCurrentContext(wanted);
  // client-node speaks plain HTTP, as to kubectl proxy, only where no certificate is expected.
  kubeConfig.clusters = kubeConfig
    .getClusters()
    .map((each) => (each.server.startsWith('http://') ? { ...each, skipTLSVerify: true } : each));
  if (!kubeConfig.getCurrentCluster())
    return { kind: 'fault', message: `The kubeconfig's context "${wanted}" names a cluster that is not in it.` };
  const namespace = kubeConfig.getContextObject(wanted)?.namespace;
  return { kind: 'kubeconfig', kubeConfig, ...(namespace && { namespace }) };
}

function loadDefault(kubeConfig: KubeConfig, env: Environment): string | undefined {
  const named = (env.KUBECONFIG ?? '').split(delimiter).filter((each) => each !== '');
  if (named.length > 0) {
    // kubectl leaves out files of the list that are not there.
    const files = named.filter((file) => existsSync(file));
    return files.length > 0
      ? loadFiles(kubeConfig, files)
      : `There is no file ${alternatives(named)}, which KUBECONFIG names.`;
  }
  const file = join(env.HOME || homedir(), '.kube', 'config');
  if (existsSync(file)) return loadFiles(kubeConfig, [file]);
  if (env.KUBERNETES_SERVICE_HOST && existsSync(POD_TOKEN)) {
    kubeConfig.loadFromCluster();
    return undefined;
  }
  return `There is no kubeconfig: set KUBECONFIG, add --kubeconfig, or put one at ${file}.`;
}

function loadFiles(kubeConfig: KubeConfig, files: readonly string[]): string | undefined {
  for (const file of files) {
    if (!existsSync(file)) return `There is no kubeconfig ${file}.`;
    try {
      const next = new KubeConfig();
      next.loadFromFile(file);
      merge(kubeConfig, next);
    } catch (error) {
      return `The kubeconfig ${file} can't be read: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`;
    }
  }
  return undefined;
}

/** The first file that names something wins, as in kubectl; client-node's own merge throws where two do. */
function merge(into: KubeConfig, next: KubeConfig): void {
  const isNew = (known: readonly { readonly name: string }[]) => (each: { readonly name: string }) =>
    !known.some(({ name }) => name === each.name);
  into.clusters = [...into.getClusters(), ...next.getClusters().filter(isNew(into.getClusters()))];
  into.users = [...into.getUsers(), ...next.getUsers().filter(isNew(into.getUsers()))];
  into.contexts = [...into.getContexts(), ...next.getContexts().filter(isNew(into.getContexts()))];
  if (!into.getCurrentContext()) into.setCurrentContext(next.getCurrentContext());
}
