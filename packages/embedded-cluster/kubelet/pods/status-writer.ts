import { isNotFound } from '../../client/kube-api.ts';
import { pause } from '../../client/pause.ts';
import type { Machine } from '../kubelet.ts';
import type { Pod, PodCondition, PodStatus } from '../pod.ts';

const firstRetryMs = 200;
const maxRetryMs = 5_000;

/**
 * Writes a changed pod status and combines simultaneous changes, and those during a write, in one PATCH. `build` gives
 * the current status for the conditions of the last write. `signal` is aborted when the pod no longer exists.
 */
export function statusWriter(
  { api, log }: Machine,
  { metadata: { name, namespace, uid }, status: known }: Pod,
  build: (written: readonly PodCondition[]) => PodStatus,
  signal: AbortSignal,
) {
  const path = `/api/v1/namespaces/${namespace}/pods/${name}`;
  let written = known?.conditions ?? [];
  let lastText = '';
  let isStale = false;
  let writing: Promise<void> | undefined;

  /** Returns false when the pod has gone. */
  const retry = async (request: () => Promise<unknown>): Promise<boolean> => {
    for (let retryMs = firstRetryMs; ; retryMs = Math.min(retryMs * 2, maxRetryMs)) {
      try {
        await request();
        return true;
      } catch (error) {
        if (signal.aborted || isNotFound(error)) return false;
        // Retries even when another pod has the name, until the DELETED event of this one.
        log(`${(error as Error).message}; retrying in ${retryMs} ms`);
        if (!(await pause(retryMs, signal))) return false;
      }
    }
  };
  const write = async () => {
    isStale = false;
    const status = build(written);
    const text = JSON.stringify(status);
    if (text === lastText) return;
    const conditions = status.conditions?.map((condition) => {
      const before = written.find(({ type }) => type === condition.type);
      // Conditions are merged by type, so an earlier reason or message must be removed.
      const removed = (['reason', 'message'] as const).filter((key) => before?.[key] && condition[key] === undefined);
      return { ...condition, ...Object.fromEntries(removed.map((key) => [key, null])) };
    });
    // The uid makes it fail for a new pod of the same name.
    await api.patch(`${path}/status`, { metadata: { uid }, status: { ...status, conditions } });
    lastText = text;
    written = status.conditions ?? [];
  };
  const writeAll = async () => {
    // Combines the changes of this turn.
    await undefined;
    while (isStale && !signal.aborted) if (!(await retry(write))) break;
    writing = undefined;
  };
  /** Writes the status if it has changed; resolves once it is written. */
  const mark = () => {
    isStale = true;
    writing ??= writeAll();
    return writing;
  };
  /** Tells the API server that the deleted pod has ended. */
  const deletePod = async () => {
    const options = { gracePeriodSeconds: 0, preconditions: { uid } };
    if (!signal.aborted) await retry(() => api.delete(path, options));
  };
  return { mark, deletePod };
}
