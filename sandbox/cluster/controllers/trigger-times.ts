import type { KubeObject } from '../api.ts';
import { conditionOf, type Pod } from './pod.ts';
import { timeOf } from './time.ts';

export const triggerTimeAnnotation = 'endpoints.kubernetes.io/last-change-trigger-time';

interface Seen {
  service: number;
  pods: Map<string, number>;
}

/**
 * Why a Service's endpoints change: the earliest Ready transition of a pod since the last look, or the creation of the
 * Service (endpointslice/util, TriggerTimeTracker). A change of labels is no reason, so it clears the annotation.
 */
export class TriggerTimes {
  readonly #seen = new Map<string, Seen>();

  /** RFC 3339, or undefined: then the annotation must go. */
  next(key: string, service: KubeObject, pods: readonly Pod[]): string | undefined {
    const before = this.#seen.get(key);
    const created = timeOf(service.metadata.creationTimestamp);
    const times = new Map<string, number>();
    const changed: number[] = [];
    for (const pod of pods) {
      const time = timeOf(conditionOf(pod, 'Ready')?.lastTransitionTime);
      if (time === 0) continue;
      times.set(pod.metadata.name, time);
      if (time > (before?.pods.get(pod.metadata.name) ?? 0)) changed.push(time);
    }
    if (created > (before?.service ?? 0)) changed.push(created);
    this.#seen.set(key, { service: created, pods: times });
    if (before === undefined) return service.metadata.creationTimestamp;
    if (changed.length === 0) return undefined;
    const earliest = changed.reduce((one, other) => Math.min(one, other));
    return new Date(earliest).toISOString().replace(/\.000Z$/, 'Z');
  }

  forget(key: string): void {
    this.#seen.delete(key);
  }
}
