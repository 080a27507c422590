import {
  CANARY,
  type CanaryRecord,
  DISABLED,
  type DisabledRecord,
  DRAINED_FROM,
  type DrainRecord,
} from '../rotation/marks.ts';
import { compact, count, isoTime } from '../text/words.ts';
import type { DrainedList, DrainedPod } from './outcome.ts';

export type DrainedData = ReturnType<typeof drainedData>;

/** A drained or disabled pod or canary for programs. Times are RFC 3339; names of fields are stable. */
export function drainedData(one: DrainedPod, at: number) {
  const { key, cluster, namespace, pod, record, disabled, canary } = one;
  return {
    /** The key of the service in the configuration. */
    service: key,
    cluster,
    namespace,
    name: pod.name,
    uid: pod.uid,
    kind: kindOf(one),
    /** Null: not scheduled yet. */
    node: pod.nodeName ?? null,
    /** As kubectl prints it. */
    status: pod.status,
    restarts: pod.restarts,
    createdAt: isoTime(pod.createdAt),
    /** Its time is over. */
    overdue: overdueMs(one, at) !== undefined,
    /** Null: it is not drained, or its record can't be read. */
    drained: record ?? null,
    /** Null: it is not disabled, or drained as well. */
    disabled: disabled ?? null,
    /** Null: no canary, or its record can't be read. */
    canary: canary ?? null,
  } as const;
}

/** `3 drained pods, 1 canary, 2 overdue` */
export function drainedSummary({ drained, notes, at }: DrainedList): string {
  const number = (kind: ReturnType<typeof kindOf>) => drained.filter((one) => kindOf(one) === kind).length;
  const canaries = number('canary');
  const overdue = drained.filter((one) => overdueMs(one, at) !== undefined).length;
  const none =
    notes.length === 0
      ? 'No pod is drained or disabled.'
      : 'No drained or disabled pod was found in the namespaces that Pitlane could read.';
  const parts = compact(
    number('drained') > 0 && count(number('drained'), 'drained pod'),
    number('disabled') > 0 && count(number('disabled'), 'disabled pod'),
    canaries > 0 && (canaries === 1 ? '1 canary' : `${canaries} canaries`),
    overdue > 0 && `${overdue} overdue`,
  );
  return parts.join(', ') || none;
}

/** A canary was created by Pitlane to join the service. */
export function kindOf({ pod: { labels, annotations } }: DrainedPod): 'drained' | 'disabled' | 'canary' {
  if (labels[DRAINED_FROM] !== undefined) return 'drained';
  return labels[CANARY] === undefined && annotations[DISABLED] !== undefined ? 'disabled' : 'canary';
}

/** Who took it out of rotation or started it, why and until when. */
export function recordOf(one: DrainedPod): DrainRecord | DisabledRecord | CanaryRecord | undefined {
  return one.record ?? one.disabled ?? one.canary;
}

/** The time since its end, milliseconds; undefined: it is not over, or unknown. */
export function overdueMs(one: DrainedPod, at: number): number | undefined {
  const over = at - Date.parse(recordOf(one)?.until ?? '');
  return over > 0 ? over : undefined;
}
