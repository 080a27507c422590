import type { KubeObject } from '@pitlane/embedded-cluster/api';
import { isNotFound, type KubeApi } from '@pitlane/embedded-cluster/kube-api';
import type { PodRead } from './entries.ts';

const LINES = '60';

/** The end of a pod's log and its events, the newest first. Both are empty for a pod that is gone. */
export async function readPod(api: KubeApi, namespace: string, name: string): Promise<PodRead> {
  const path = `/api/v1/namespaces/${namespace}`;
  const involved = `involvedObject.kind=Pod,involvedObject.name=${name}`;
  const [log, { items }] = await Promise.all([
    readLog(api, `${path}/pods/${encodeURIComponent(name)}`),
    api.get<{ items: KubeObject[] }>(`${path}/events`, { fieldSelector: involved }),
  ]);
  const events = items.map(({ metadata, type, reason, message, count, lastTimestamp, eventTime }) => ({
    at: String(lastTimestamp ?? eventTime ?? metadata.creationTimestamp),
    type: String(type),
    reason: String(reason),
    message: String(message),
    count: Number(count ?? 1),
  }));
  return { log, events: events.sort((a, b) => (a.at < b.at ? 1 : -1)) };
}

/** A container that has not started has no log yet: the API server's words stand in its place. */
async function readLog(api: KubeApi, path: string): Promise<string> {
  try {
    const pod = await api.get<KubeObject>(path);
    const container = pod.spec.containers[0].name;
    const chunks: Buffer[] = [];
    for await (const chunk of await api.stream(`${path}/log`, { container, tailLines: LINES }))
      chunks.push(Buffer.from(chunk));
    return Buffer.concat(chunks).toString('utf8');
  } catch (error) {
    return isNotFound(error) ? '' : (error as Error).message;
  }
}
