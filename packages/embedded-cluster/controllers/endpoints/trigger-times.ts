import type { KubeObject } from '../../api/api.ts';
import { conditionOf, type Pod } from '../../api/pod.ts';

export const triggerTimeAnnotation = 'endpoints.kubernetes.io/last-change-trigger-time';

interface Seen {
  service: string;
  pods: Map<string, string>;
}

/**
 * Why a Service's endpoints change: the earliest Ready transition of a pod since the last look, or the creation of the
 * Service (endpointslice/util, TriggerTimeTracker). A change of labels is no reason, so it clears the annotation.
 * Kubernetes' times are in UTC and whole seconds, so they compare as text.
 */
export class TriggerTimes {
  readonly #seen = new Map<string, Seen>();

  /** RFC 3339, or undefined: then the annotation must go. */
  next(key: string, service: KubeObject, pods: readonly Pod[]): string | undefined {
    const before = this.#seen.get(key);
    const created = service.metadata.creationTimestamp;
    const times = new Map<string, string>();
    let earliest: string | undefined;
    const note = (time: string, known = '') => {
      if (time > known && (earliest === undefined || time < earliest)) earliest = time;
    };
    for (const pod of pods) {
      const time = conditionOf(pod, 'Ready')?.lastTransitionTime;
      if (time === undefined) continue;
      times.set(pod.metadata.name, time);
      note(time, before?.pods.get(pod.metadata.name));
    }
    note(created, before?.service);
    this.#seen.set(key, { service: created, pods: times });
    return before === undefined ? created : earliest;
  }

  forget(key: string): void {
    this.#seen.delete(key);
  }
}
