import { DRAINED_FROM, type DrainRecord } from '../rotation/marks.ts';
import type { DrainedList } from './outcome.ts';

type Drained = DrainedList['drained'][number];

/** A drained pod or canary for programs. Times are RFC 3339; names of fields are stable. */
export interface DrainedData {
  /** The key of the service in the configuration. */
  readonly service: string;
  readonly cluster: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly kind: 'drained' | 'canary';
  /** Null: not scheduled yet. */
  readonly node: string | null;
  /** The word that kubectl prints. */
  readonly status: string;
  readonly restarts: number;
  readonly createdAt: string;
  /** The end of the drain is over. */
  readonly overdue: boolean;
  /** Null: a canary, or a record that can't be read. */
  readonly drained: DrainRecord | null;
}

export function drainedData(one: Drained, at: number): DrainedData {
  const { key, cluster, namespace, pod, record } = one;
  return {
    service: key,
    cluster,
    namespace,
    name: pod.name,
    uid: pod.uid,
    kind: isCanary(one) ? 'canary' : 'drained',
    node: pod.nodeName ?? null,
    status: pod.status,
    restarts: pod.restarts,
    createdAt: new Date(pod.createdAt).toISOString(),
    overdue: overdueMs(one, at) !== undefined,
    drained: record ?? null,
  };
}

export function saysNone({ notes }: DrainedList): string {
  return notes.length === 0
    ? 'No pod is drained.'
    : 'No drained pod was found in the namespaces that Pitlane could read.';
}

/** Created by Pitlane to join the service, not drained. */
export function isCanary({ pod }: Drained): boolean {
  return pod.labels[DRAINED_FROM] === undefined;
}

/** The time since its end, milliseconds; undefined: it is not over, or unknown. */
export function overdueMs({ record }: Drained, at: number): number | undefined {
  const over = at - Date.parse(record?.until ?? '');
  return over > 0 ? over : undefined;
}
