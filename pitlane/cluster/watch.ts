import { parseObject } from '../text/shape.ts';
import type { Call, Connection } from './connection.ts';
import { ClusterError, Expired, Stopped } from './errors.ts';
import type { KubeObject } from './json.ts';
import { list } from './list.ts';
import type { Resource } from './resource.ts';
import { errorForStatus } from './response-error.ts';
import { type Patience, retryDelayMs, withPatience } from './retry.ts';

/**
 * A change to the watched objects. `gone`: deleted or no longer selected. `all`: the version expired, so these are all
 * objects.
 */
export interface Change<J> {
  readonly kind: 'put' | 'gone' | 'all';
  readonly objects: readonly J[];
  readonly version: string;
}

export interface Watched {
  readonly resource: Resource;
  readonly namespace: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}

export interface WatchEvent<J> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: J;
}

/** The server ends each watch after this time and we resume it, so a dead connection is noticed soon. */
export const WATCH_SECONDS = 60;
export const MAX_SILENCE_MS = (WATCH_SECONDS + 15) * 1000;

/**
 * Yields every change from a version on, until the signal or the deadline. Resumes a watch that ends or breaks from the
 * last version seen. Lists everything again if that version has expired (410).
 *
 * @param from the resourceVersion of a known list; undefined: starts with the existing objects
 */
export async function* watch<J extends KubeObject>(
  connection: Connection,
  watched: Watched,
  from: string | undefined,
  patience: Patience,
): AsyncGenerator<Change<J>> {
  let version = from;
  let failures = 0;
  while (!patience.signal?.aborted && patience.now() < patience.deadline) {
    const call = callFor(watched, version, patience);
    const startedAt = patience.now();
    try {
      for await (const event of eventsOf<J>(connection, call)) {
        version = event.object.metadata.resourceVersion;
        failures = 0;
        if (event.type !== 'BOOKMARK') {
          yield { kind: event.type === 'DELETED' ? 'gone' : 'put', objects: [event.object], version };
        }
      }
      // Back off from a server or proxy that closes watches at once.
      failures = patience.now() - startedAt < 1_000 ? failures + 1 : 0;
    } catch (error) {
      if (error instanceof Stopped) return;
      if (error instanceof Expired) {
        const { items, resourceVersion } = await withPatience(patience, () =>
          list<J>(connection, watched.resource, watched),
        );
        version = resourceVersion;
        yield { kind: 'all', objects: items, version: resourceVersion };
      } else if (!(error instanceof ClusterError) || !error.isRetryable) {
        throw error;
      }
      failures += 1;
      if (failures > 1 && error instanceof ClusterError) {
        patience.report?.(error.message, `Reconnecting (attempt ${failures + 1}).`);
      }
    }
    if (failures > 0) await patience.sleep(retryDelayMs(failures), patience.signal);
  }
}

function callFor(watched: Watched, resourceVersion: string | undefined, { signal }: Patience): Call {
  const { resource, namespace, labelSelector, fieldSelector } = watched;
  return {
    verb: 'watch',
    place: { resource, namespace },
    query: { labelSelector, fieldSelector, resourceVersion, allowWatchBookmarks: true, timeoutSeconds: WATCH_SECONDS },
    timeoutMs: MAX_SILENCE_MS,
    signal,
  };
}

async function* eventsOf<J>(connection: Connection, call: Call): AsyncGenerator<WatchEvent<J>> {
  for await (const line of await connection.open(call)) {
    const event = parseObject(line) as WatchEvent<J> | undefined;
    // The connection broke inside a line. The resumed watch sends the event again.
    if (event === undefined) return;
    if (event.type === 'ERROR') throw errorForStatus(call, event.object);
    yield event;
  }
}
