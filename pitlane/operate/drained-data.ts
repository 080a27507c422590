import { DRAINED_FROM } from '../rotation/marks.ts';
import { compact, count, isoTime } from '../text/words.ts';
import type { DrainedList, DrainedPod } from './outcome.ts';

export type DrainedData = ReturnType<typeof drainedData>;

/** A drained pod or canary for programs. Times are RFC 3339; names of fields are stable. */
export function drainedData(one: DrainedPod, at: number) {
  const { key, cluster, namespace, pod, record, canary } = one;
  return {
    /** The key of the service in the configuration. */
    service: key,
    cluster,
    namespace,
    name: pod.name,
    uid: pod.uid,
    kind: isCanary(one) ? 'canary' : 'drained',
    /** Null: not scheduled yet. */
    node: pod.nodeName ?? null,
    /** As kubectl prints it. */
    status: pod.status,
    restarts: pod.restarts,
    createdAt: isoTime(pod.createdAt),
    /** Its time is over. */
    overdue: overdueMs(one, at) !== undefined,
    /** Null: a canary, or a record that can't be read. */
    drained: record ?? null,
    /** Null: no canary, or its record can't be read. */
    canary: canary ?? null,
  } as const;
}

/** `3 drained pods, 1 canary, 2 overdue` */
export function drainedSummary({ drained, notes, at }: DrainedList): string {
  const canaries = drained.filter(isCanary).length;
  const overdue = drained.filter((one) => overdueMs(one, at) !== undefined).length;
  const none =
    notes.length === 0 ? 'No pod is drained.' : 'No drained pod was found in the namespaces that Pitlane could read.';
  const parts = compact(
    drained.length > canaries && count(drained.length - canaries, 'drained pod'),
    canaries > 0 && (canaries === 1 ? '1 canary' : `${canaries} canaries`),
    overdue > 0 && `${overdue} overdue`,
  );
  return parts.join(', ') || none;
}

/** Created by Pitlane to join the service, not drained. */
export function isCanary({ pod }: DrainedPod): boolean {
  return pod.labels[DRAINED_FROM] === undefined;
}

/** The time since its end, milliseconds; undefined: it is not over, or unknown. */
export function overdueMs({ record, canary }: DrainedPod, at: number): number | undefined {
  const over = at - Date.parse((record ?? canary)?.until ?? '');
  return over > 0 ? over : undefined;
}
