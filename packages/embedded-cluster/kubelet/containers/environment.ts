import { isNotFound } from '../../client/kube-api.ts';
import type { Container } from '../pod.ts';
import type { PodWorker } from '../pods/pod-worker.ts';

/** Names one ConfigMap or Secret of the pod's namespace. */
interface Source {
  name?: string;
  optional?: boolean;
}

/** Variables by their names, or the values of a ConfigMap or a Secret. */
export type Environment = Readonly<Record<string, string>>;

/**
 * The variables of a container, without those of Services (kubelet_pods.go, makeEnvironmentVariables). Throws an error
 * that says which ConfigMap, Secret or key is missing.
 */
export async function environmentOf(worker: PodWorker, { env = [], envFrom = [] }: Container): Promise<Environment> {
  const { podIp, machine } = worker;
  const { name, namespace, uid } = worker.pod.metadata;
  const { nodeName, hostname = name } = worker.pod.spec;
  const fields: Record<string, string | undefined> = {
    'metadata.name': name,
    'metadata.namespace': namespace,
    'metadata.uid': uid,
    'spec.nodeName': nodeName,
    'status.podIP': podIp,
  };

  /** The values of an optional source that is missing are undefined. */
  async function valuesOf(kind: 'ConfigMap' | 'Secret', source: Source): Promise<Environment | undefined> {
    const path = `/api/v1/namespaces/${namespace}/${kind.toLowerCase()}s/${source.name}`;
    try {
      const { data = {} } = await machine.api.get<{ data?: Environment }>(path);
      if (kind === 'ConfigMap') return data;
      const texts = Object.entries(data).map(([key, text]) => [key, Buffer.from(text, 'base64').toString()]);
      return Object.fromEntries(texts);
    } catch (error) {
      if (!isNotFound(error)) throw error;
      if (source.optional) return undefined;
      throw new Error(`${kind.toLowerCase()} "${source.name}" not found`);
    }
  }

  async function itemOf(kind: 'ConfigMap' | 'Secret', source: Source & { key: string }): Promise<string | undefined> {
    const values = await valuesOf(kind, source);
    const value = values?.[source.key];
    if (value !== undefined || source.optional) return value;
    throw new Error(`couldn't find key ${source.key} in ${kind} ${namespace}/${source.name}`);
  }

  const read: Record<string, string> = { PATH: '/usr/local/bin:/usr/bin:/bin', HOSTNAME: hostname, HOME: '/root' };
  for (const { prefix = '', configMapRef, secretRef } of envFrom) {
    const values = configMapRef ? await valuesOf('ConfigMap', configMapRef) : await valuesOf('Secret', secretRef ?? {});
    for (const [key, value] of Object.entries(values ?? {})) read[prefix + key] = value;
  }
  for (const { name, value, valueFrom: { fieldRef, configMapKeyRef, secretKeyRef } = {} } of env) {
    const source = configMapKeyRef ?? secretKeyRef;
    const found = source
      ? await itemOf(configMapKeyRef ? 'ConfigMap' : 'Secret', source)
      : (value ?? fields[fieldRef?.fieldPath ?? ''] ?? '');
    if (found !== undefined) read[name] = value === undefined ? found : expanded(value, read);
  }
  return read;
}

/** $(NAME) stands for an earlier variable, and $$ for a dollar (third_party/forked/golang/expansion). */
function expanded(text: string, variables: Environment): string {
  return text.replace(/\$(\$|\(([^()]*)\))/g, (all, what, name) => (what === '$' ? '$' : (variables[name] ?? all)));
}
