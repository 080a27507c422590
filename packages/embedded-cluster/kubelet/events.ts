import type { KubeApi } from '../client/kube-api.ts';
import { kubeTime, type Pod } from './pod.ts';

export interface PodEvent {
  type: 'Normal' | 'Warning';
  /** Such as `Unhealthy`. */
  reason: string;
  message: string;
}

interface Recorded {
  name: string;
  count: number;
  writtenAt: number;
}

/** The minimum between two writes of a repeated Event, whose count grows meanwhile. */
const repeatEveryMs = 10_000;

/** Writes Events of pods as a kubelet does; a repetition only increases the count. */
export class EventRecorder {
  readonly #api: KubeApi;
  readonly #now: () => number;
  readonly #log: (line: string) => void;
  readonly #byPod = new Map<string, Map<string, Recorded>>();

  constructor(api: KubeApi, now: () => number, log: (line: string) => void) {
    this.#api = api;
    this.#now = now;
    this.#log = log;
  }

  record(pod: Pod, event: PodEvent): void {
    this.#write(pod, event).catch((error: Error) => this.#log(`event ${event.reason} not written: ${error.message}`));
  }

  forget(podUid: string): void {
    this.#byPod.delete(podUid);
  }

  async #write(pod: Pod, { type, reason, message }: PodEvent): Promise<void> {
    const { name: podName, namespace, uid } = pod.metadata;
    const ofPod = this.#byPod.get(uid) ?? new Map<string, Recorded>();
    this.#byPod.set(uid, ofPod);
    const now = this.#now();
    const key = `${reason} ${message}`;
    const known = ofPod.get(key);
    const path = `/api/v1/namespaces/${namespace}/events`;
    if (known !== undefined) {
      known.count += 1;
      if (now - known.writtenAt < repeatEveryMs) return;
      known.writtenAt = now;
      await this.#api.patch(`${path}/${known.name}`, { count: known.count, lastTimestamp: kubeTime(now) });
      return;
    }
    // As in client-go: the object's name and a growing number.
    const name = `${podName}.${(BigInt(now) * 1_000_000n + BigInt(ofPod.size)).toString(16)}`;
    ofPod.set(key, { name, count: 1, writtenAt: now });
    const node = pod.spec.nodeName;
    await this.#api.create(path, {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name, namespace },
      involvedObject: { apiVersion: 'v1', kind: 'Pod', name: podName, namespace, uid },
      type,
      reason,
      message,
      count: 1,
      firstTimestamp: kubeTime(now),
      lastTimestamp: kubeTime(now),
      source: { component: 'kubelet', host: node },
      reportingComponent: 'kubelet',
      reportingInstance: node,
    });
  }
}
