import type { KubeObject } from '../api/api.ts';
import { kindOf } from '../api/kinds.ts';
import type { Cluster } from './cluster.ts';
import { remove } from './lifecycle/delete.ts';
import { keyOfObject } from './store.ts';

/** The API server's --event-ttl. */
const keptMs = 60 * 60_000;
const sweepEveryMs = 60_000;

/** Deletes events an hour after their last change. Returns the function that stops it. */
export function startEventExpiry(cluster: Cluster): () => void {
  const changed = new Map<string, { event: KubeObject; at: number }>();
  const unsubscribe = cluster.store.subscribe(({ type, resource, object: event }) => {
    if (resource !== 'events') return;
    const key = keyOfObject(event);
    // Delete before set keeps the map in the order of the changes.
    changed.delete(key);
    if (type !== 'DELETED') changed.set(key, { event, at: cluster.now() });
  });
  const sweep = () => {
    for (const { event, at } of changed.values()) {
      if (cluster.now() - at < keptMs) break;
      remove(cluster, kindOf('events'), event.metadata.namespace, event.metadata.name);
    }
  };
  const timer = setInterval(sweep, sweepEveryMs).unref();
  return () => {
    clearInterval(timer);
    unsubscribe();
  };
}
