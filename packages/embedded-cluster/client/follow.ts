import type { V1Status } from '@kubernetes/client-node';
import { type KubeApi, KubeApiError, type WatchEvent } from './kube-api.ts';
import { pause } from './pause.ts';

interface Followed {
  metadata: { resourceVersion?: string };
}

export interface FollowOptions<T extends Followed> {
  api: KubeApi;
  path: string;
  /** Sent with the list and with the watch, such as `labelSelector`. */
  query?: Record<string, string>;
  /** Gets the whole list: at the start, and after each 410 (history expired). */
  onList(items: T[]): void;
  onEvent(type: 'ADDED' | 'MODIFIED' | 'DELETED', object: T): void;
  /** Gets each error that `follow` retries. */
  onError?(error: Error): void;
  signal: AbortSignal;
}

const firstRetryMs = 100;
const maxRetryMs = 5_000;

/**
 * Lists once, then watches until `signal` is aborted; resumes a watch that ends or breaks. Resolves after the first
 * list; rejects only when `signal` is aborted before that.
 */
export function follow<T extends Followed>(options: FollowOptions<T>): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  run(options, resolve).then(() => reject(new Error(`stopped before ${options.path} could be listed`)), reject);
  return promise;
}

async function run<T extends Followed>(options: FollowOptions<T>, onListed: () => void): Promise<void> {
  const { api, path, query = {}, signal } = options;
  let version: string | undefined;
  let retryMs = firstRetryMs;
  while (!signal.aborted) {
    try {
      if (version === undefined) {
        const list = await api.get<{ metadata: { resourceVersion: string }; items: T[] }>(path, query);
        if (signal.aborted) return;
        handle(() => options.onList(list.items));
        version = list.metadata.resourceVersion;
        onListed();
      }
      const resume = { ...query, resourceVersion: version, allowWatchBookmarks: 'true' };
      const onEvent = (event: WatchEvent) => {
        if (event.type === 'ERROR') {
          const status = event.object as V1Status;
          throw new KubeApiError(`WATCH ${path}`, status.code ?? 0, status);
        }
        const object = event.object as T;
        version = object.metadata.resourceVersion ?? version;
        retryMs = firstRetryMs;
        const { type } = event;
        if (type !== 'BOOKMARK') handle(() => options.onEvent(type, object));
      };
      await api.watch(path, resume, onEvent, signal);
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof KubeApiError && error.status === 410) version = undefined;
      else options.onError?.(error as Error);
    }
    // Wait even after an orderly end: the server may end each watch at once.
    if (!(await pause(retryMs, signal))) return;
    retryMs = Math.min(retryMs * 2, maxRetryMs);
  }
}

/** An error in a handler is a bug: it must surface and not be retried like a server error. */
function handle(call: () => void): void {
  try {
    call();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
