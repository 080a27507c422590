import { ApiError } from '../api/api-error.ts';
import { kindOf } from '../api/kinds.ts';
import type { Cluster } from './cluster.ts';
import { remove } from './lifecycle/delete.ts';
import { keyOf } from './store.ts';

/** The API server's --event-ttl. */
const keptMs = 60 * 60_000;
const sweepEveryMs = 60_000;

/** Deletes events an hour after their last change. Returns the function that stops it. */
export function startEventExpiry(cluster: Cluster): () => void {
  const changed = new Map<string, { namespace: string | undefined; name: string; at: number }>();
  const unsubscribe = cluster.store.subscribe(({ type, resource, object: { metadata } }) => {
    if (resource !== 'events') return;
    const { namespace, name } = metadata;
    const key = keyOf(namespace, name);
    // Delete before set keeps the map in the order of the changes.
    changed.delete(key);
    if (type !== 'DELETED') changed.set(key, { namespace, name, at: cluster.now() });
  });
  const sweep = () => {
    for (const { namespace, name, at } of [...changed.values()]) {
      if (cluster.now() - at < keptMs) break;
      try {
        remove(cluster, kindOf('events'), namespace, name);
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
      }
    }
  };
  const timer = setInterval(sweep, sweepEveryMs);
  timer.unref();
  return () => {
    clearInterval(timer);
    unsubscribe();
  };
}
