import type { KubeObject } from '../../api/api.ts';
import { conditionOf, type Pod } from '../../api/pod.ts';

export const triggerTimeAnnotation = 'endpoints.kubernetes.io/last-change-trigger-time';

interface Seen {
  service: string;
  pods: Map<string, string>;
}

/**
 * The time of the change that caused new endpoints: the earliest Ready transition since the last call, or the creation
 * of the Service (endpointslice/util, TriggerTimeTracker). A change of labels does not count, so it clears the
 * annotation. Kubernetes' times are UTC in whole seconds and compare as text.
 */
export class TriggerTimes {
  readonly #seen = new Map<string, Seen>();

  /** In RFC 3339; undefined when the annotation must be removed. */
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
