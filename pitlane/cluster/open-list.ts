import { Readable } from 'node:stream';
import { parseObject } from '../text/shape.ts';
import type { Call, Connection } from './connection.ts';
import { ClusterError, Rejected } from './errors.ts';
import type { KubeList, KubeObject } from './json.ts';
import { PAGE_SIZE } from './list.ts';
import { MAX_SILENCE_MS, WATCH_SECONDS, type WatchEvent } from './watch.ts';

/** A list whose answer stays open for the changes after it. */
export interface OpenList {
  readonly page: KubeList<KubeObject>;
  /** The events of a watch from the list on, as lines. They are read as they come. */
  readonly changes: Readable;
  /** The changes end with Stopped. */
  close(): void;
}

/** Marks the end of the list (API concepts, "Streaming lists"). */
const END_OF_LIST = 'k8s.io/initial-events-end';

/** An answer of which more lines wait for their reader is not read further. */
const MOST_WAITING = 10_000;

/** A list that takes longer is asked for as an ordinary one: a proxy may hold back what is not complete. */
const MAX_MS = 2_000;

/**
 * The clusters that don't serve open lists, by the usage, which all connections to a cluster share. Kubernetes 1.33 and
 * those before 1.32 reject them.
 */
const notServing = new WeakSet<Connection['usage']>();

/**
 * Sends a list as a watch that begins with all objects. Undefined: the server does not do that, or there are more than a
 * page. Only an ordinary list says why objects may not be listed.
 *
 * @param ends closes the answer
 */
export async function openList(connection: Connection, list: Call, ends: AbortSignal): Promise<OpenList | undefined> {
  if (notServing.has(connection.usage)) return undefined;
  const closing = new AbortController();
  const signal = AbortSignal.any([ends, closing.signal]);
  const tooLate = setTimeout(() => {
    notServing.add(connection.usage);
    closing.abort();
  }, MAX_MS);
  const { limit: _, ...selectors } = list.query ?? {};
  const query = {
    ...selectors,
    allowWatchBookmarks: true,
    sendInitialEvents: true,
    resourceVersionMatch: 'NotOlderThan',
    timeoutSeconds: WATCH_SECONDS,
  };
  try {
    const answer = await connection.open({
      verb: 'watch',
      place: list.place,
      query,
      timeoutMs: MAX_SILENCE_MS,
      signal,
    });
    const changes = Readable.from(answer, { highWaterMark: MOST_WAITING });
    // A reader gets the error, if there is one.
    changes.on('error', () => {});
    const page = await pageIn(changes);
    if (page === undefined) closing.abort();
    return page && { page, changes, close: () => closing.abort() };
  } catch (error) {
    if (!(error instanceof ClusterError)) throw error;
    if (error instanceof Rejected) notServing.add(connection.usage);
    return undefined;
  } finally {
    clearTimeout(tooLate);
  }
}

async function pageIn(changes: Readable): Promise<OpenList['page'] | undefined> {
  const items: KubeObject[] = [];
  for await (const line of changes.iterator({ destroyOnReturn: false })) {
    const { type, object } = eventIn(line);
    if (items.length === PAGE_SIZE) return undefined;
    if (type === 'ADDED' && object !== undefined) items.push(object);
    else if (type !== 'BOOKMARK') return undefined;
    else if (object?.metadata.annotations?.[END_OF_LIST] === 'true')
      return { metadata: { resourceVersion: object.metadata.resourceVersion }, items: items.sort(byKey) };
  }
  return undefined;
}

/** Empty: the line is broken. */
export function eventIn(line: string): Partial<WatchEvent<KubeObject>> {
  return parseObject(line) ?? {};
}

/** Lists are in the order of etcd's keys, and the events before the bookmark in any. */
function byKey({ metadata: one }: KubeObject, { metadata: other }: KubeObject): number {
  const [a, b] = [one, other].map(({ namespace = '', name }) => `${namespace}/${name}`);
  return a === b ? 0 : (a ?? '') < (b ?? '') ? -1 : 1;
}
