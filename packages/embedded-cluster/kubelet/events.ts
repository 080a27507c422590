import type { Machine } from './kubelet.ts';
import { kubeTime, type Pod } from './pod.ts';

export interface PodEvent {
  type: 'Normal' | 'Warning';
  /** Such as `Unhealthy`. */
  reason: string;
  message: string;
}

/** The minimum between two writes of a repeated Event, whose count grows meanwhile. */
const repeatEveryMs = 10_000;

/** Writes the Events of a pod as a kubelet does; a repetition only increases the count. */
export function eventRecorder({ api, now, log }: Machine, { metadata, spec }: Pod): (event: PodEvent) => void {
  const { name: podName, namespace, uid } = metadata;
  const path = `/api/v1/namespaces/${namespace}/events`;
  const recorded = new Map<string, { path: string; count: number; writtenAt: number }>();
  const write = async ({ type, reason, message }: PodEvent) => {
    const at = now();
    const time = kubeTime(at);
    const key = `${reason} ${message}`;
    const known = recorded.get(key);
    if (known !== undefined) {
      known.count += 1;
      if (at - known.writtenAt < repeatEveryMs) return;
      known.writtenAt = at;
      await api.patch(known.path, { count: known.count, lastTimestamp: time });
      return;
    }
    // As in client-go: the object's name and a growing number.
    const name = `${podName}.${(BigInt(at) * 1_000_000n + BigInt(recorded.size)).toString(16)}`;
    recorded.set(key, { path: `${path}/${name}`, count: 1, writtenAt: at });
    await api.create(path, {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name, namespace },
      involvedObject: { apiVersion: 'v1', kind: 'Pod', name: podName, namespace, uid },
      type,
      reason,
      message,
      count: 1,
      firstTimestamp: time,
      lastTimestamp: time,
      source: { component: 'kubelet', host: spec.nodeName },
      reportingComponent: 'kubelet',
      reportingInstance: spec.nodeName,
    });
  };
  return (event) =>
    void write(event).catch((error: Error) => log(`event ${event.reason} not written: ${error.message}`));
}
