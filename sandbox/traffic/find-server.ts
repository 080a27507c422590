import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';
import { loopbackPort } from '../kubelet/container-run.ts';
import { KubeApi } from '../kubelet/kube-api.ts';
import type { ServedPod } from '../kubelet/log-server.ts';
import type { FindServer } from './send.ts';

interface Node {
  status?: { daemonEndpoints?: { kubeletEndpoint?: { Port?: number } } };
}

const keptForMs = 1_000;

/**
 * Finds the servers of pods that a kubelet in another process runs, by what its log server says at `/pods`. An answer is
 * used for a second; a pod that is not in it is asked for again at once.
 */
export function findServerThrough(kubeConfig: KubeConfig | string): FindServer {
  const api = new KubeApi(kubeConfig);
  let known = new Map<string, ServedPod>();
  let knownSince = 0;
  let asking: Promise<void> | undefined;
  const ask = async () => {
    const { items } = await api.get<{ items: Node[] }>('/api/v1/nodes');
    const ports = new Set(items.flatMap(({ status }) => status?.daemonEndpoints?.kubeletEndpoint?.Port ?? []));
    const pods = await Promise.all([...ports].map(servedPods));
    known = new Map(pods.flat().map((pod) => [pod.uid, pod]));
    knownSince = Date.now();
  };
  return async (podUid, containerPort) => {
    if (!known.has(podUid) || Date.now() - knownSince > keptForMs) {
      asking ??= ask().finally(() => {
        asking = undefined;
      });
      await asking;
    }
    const ports = (known.get(podUid)?.containers ?? []).map((serving) => loopbackPort(serving, containerPort));
    const port = ports.find((open) => open !== undefined);
    return port === undefined ? undefined : { host: '127.0.0.1', port };
  };
}

/** HTTP or HTTPS as the kubelet has it; its certificate is nobody's business on loopback. */
async function servedPods(port: number): Promise<ServedPod[]> {
  const at = { host: '127.0.0.1', port, path: '/pods', agent: false } as const;
  const text = await get(httpRequest, at).catch(() => get(httpsRequest, { ...at, rejectUnauthorized: false }));
  return (JSON.parse(text) as { items: ServedPod[] }).items;
}

function get(send: typeof httpsRequest, options: object): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = send(options, async (response) => {
      let text = '';
      for await (const chunk of response.setEncoding('utf8')) text += chunk;
      if (response.statusCode === 200) resolve(text);
      else reject(new Error(`/pods: ${response.statusCode} ${text}`));
    });
    request.on('error', reject).end();
  });
}
