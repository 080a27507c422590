import { matches, parseSelector } from '../rotation/selector.ts';
import type { Answer, Call, Connection } from './connection.ts';
import type { JsonPod, KubeList, KubeObject } from './json.ts';
import { PAGE_SIZE } from './list.ts';
import { eventIn, type OpenList, openList } from './open-list.ts';
import { DAEMON_SETS, ENDPOINT_SLICES, type Place, PODS, REPLICA_SETS, type Resource } from './resource.ts';
import { FRESH_MS } from './shared-reads.ts';
import type { WatchEvent } from './watch.ts';

type Page = KubeList<KubeObject>;

/** A list of all objects of a kind in a namespace, or in the cluster. */
interface Held {
  readonly at: number;
  readonly answer: Promise<Answer<unknown>>;
  /** Absent: it was not kept open, or a watch has taken it. */
  open?: Promise<OpenList | undefined> | undefined;
}

/** What the proof of most operations watches. */
const WATCHED: readonly Resource[] = [PODS, ENDPOINT_SLICES, REPLICA_SETS, DAEMON_SETS];

/**
 * The lists without a selector that one observation reads. They answer its narrower reads: one round trip instead of
 * several in a row, and nothing is read twice.
 */
export class WholeLists {
  readonly #now: () => number;
  readonly #held = new Map<string, Held>();
  readonly #closing = new AbortController();
  readonly #ends: AbortSignal | undefined;

  /** @param until the lists of what is watched later stay open. Absent: they don't. */
  constructor(now: () => number, until?: AbortSignal) {
    this.#now = now;
    this.#ends = until && AbortSignal.any([until, this.#closing.signal]);
  }

  /** Closes what is still open. */
  close(): void {
    this.#closing.abort();
  }

  /** Reads a list before it is asked for. Without a namespace, in the whole cluster. */
  begin(connection: Connection, resource: Resource, namespace?: string): void {
    this.#hold(connection, { verb: 'list', place: placeOf(resource, namespace), query: { limit: PAGE_SIZE } });
  }

  /** The number of objects; undefined: it is unknown, or they are more than a page. */
  async count(resource: Resource, namespace: string): Promise<number | undefined> {
    const page = (await wholeOf(this.#fresh(resource, namespace))) ?? (await wholeOf(this.#fresh(resource)));
    return page && inNamespace(page, namespace).length;
  }

  /**
   * A connection that answers reads from these lists where they are fresh and complete, and asks the server itself for
   * everything else, also for an object that they lack.
   */
  through(connection: Connection): Connection {
    return {
      ...connection,
      as: (identity) => this.through(connection.as(identity)),
      send: async <T>(call: Call): Promise<Answer<T>> =>
        (await this.#answer<T>(connection, call)) ?? connection.send(call),
      open: async (call) => (await this.#taken(call)) ?? connection.open(call),
    };
  }

  /**
   * The changes after an open list, for the first watch that begins there: at the list's version or, as its reader has the
   * objects of the list, at none.
   */
  async #taken({ verb, place, query, signal, form }: Call): Promise<AsyncIterable<string> | undefined> {
    const isSelected = filterOf({ verb, place, ...(query && { query }) });
    if (verb !== 'watch' || form !== undefined || isSelected === undefined) return undefined;
    const { resource, namespace } = place;
    for (const key of [keyOf(resource, namespace, query?.labelSelector), keyOf(resource, namespace), keyOf(resource)]) {
      const held = this.#held.get(key);
      const list = await held?.open;
      if (held?.open === undefined || list === undefined) continue;
      const { resourceVersion } = list.page.metadata;
      if ((query?.resourceVersion ?? resourceVersion) !== resourceVersion) continue;
      held.open = undefined;
      const isOwn = ({ metadata }: KubeObject) => namespace === undefined || metadata.namespace === namespace;
      return changesIn(list, isOwn, isSelected, signal);
    }
    return undefined;
  }

  /** Undefined: the server has to answer. */
  async #answer<T>(connection: Connection, call: Call): Promise<Answer<T> | undefined> {
    const { verb, place, query } = call;
    const { resource, namespace, name, subresource } = place;
    const isRead = (verb === 'list' || verb === 'get') && subresource === undefined && query?.continue === undefined;
    const isSelected = filterOf(call);
    if (!isRead || isSelected === undefined) return undefined;
    // A service's own slices are watched later, and those of the namespace may be many.
    const isOfService =
      resource === ENDPOINT_SLICES && isUnselected({ ...call, query: { ...query, labelSelector: undefined } });
    const isWhole = verb === 'list' && (isOfService || isUnselected(call));
    const own = this.#fresh(resource, namespace, query?.labelSelector);
    if (isWhole && own !== undefined) return own.answer as Promise<Answer<T>>;
    const page = await this.#pageFor(connection, place);
    if (page === undefined) return isWhole ? (this.#hold(connection, call).answer as Promise<Answer<T>>) : undefined;
    const objects = namespace === undefined ? (page.items ?? []) : inNamespace(page, namespace);
    if (verb === 'list') return { body: { ...page, items: objects.filter(isSelected) } as T, warnings: [] };
    const found = objects.find(({ metadata }) => metadata.name === name);
    return found && { body: found as T, warnings: [] };
  }

  /** The objects of the namespace: from its own list, or that of the cluster. If the cluster has too many, its own list is read. */
  async #pageFor(connection: Connection, { resource, namespace }: Place): Promise<Page | undefined> {
    const own = this.#fresh(resource, namespace);
    if (own !== undefined || namespace === undefined) return wholeOf(own);
    const wide = this.#fresh(resource);
    if (wide === undefined) return undefined;
    const page = await wholeOf(wide);
    if (page !== undefined) return page;
    this.begin(connection, resource, namespace);
    return wholeOf(this.#fresh(resource, namespace));
  }

  #fresh(resource: Resource, namespace?: string, labelSelector?: Selection): Held | undefined {
    const held = this.#held.get(keyOf(resource, namespace, labelSelector));
    return held !== undefined && this.#now() - held.at <= FRESH_MS ? held : undefined;
  }

  #hold(connection: Connection, call: Call): Held {
    const { place, query } = call;
    const { resource, namespace } = place;
    const known = this.#fresh(resource, namespace, query?.labelSelector);
    if (known !== undefined) return known;
    const open = this.#ends && WATCHED.includes(resource) ? openList(connection, call, this.#ends) : undefined;
    const answer = Promise.resolve(open).then((list) =>
      list === undefined ? connection.send<Page>(call) : { body: list.page, warnings: [] },
    );
    const held = { at: this.#now(), answer, open };
    // Its reader gets the error.
    answer.catch(() => {});
    this.#held.set(keyOf(resource, namespace, query?.labelSelector), held);
    return held;
  }
}

function placeOf(resource: Resource, namespace: string | undefined) {
  return namespace === undefined ? { resource } : { resource, namespace };
}

type Selection = NonNullable<Call['query']>[string];

function keyOf({ group, plural }: Resource, namespace?: string, labelSelector: Selection = ''): string {
  return `${group}/${plural} ${namespace ?? ''} ${labelSelector}`;
}

/** What leaves the selection is gone for its watch, as on the server. */
async function* changesIn(
  { changes, close }: OpenList,
  isOwn: Filter,
  isSelected: Filter,
  signal: AbortSignal | undefined,
): AsyncGenerator<string> {
  signal?.addEventListener('abort', close, { once: true });
  if (signal?.aborted) close();
  try {
    for await (const line of changes) {
      const { type, object } = eventIn(line);
      const isOfObject = type === 'ADDED' || type === 'MODIFIED' || type === 'DELETED';
      if (!isOfObject || object === undefined || (isOwn(object) && isSelected(object))) yield line;
      else if (isOwn(object)) yield JSON.stringify({ type: 'DELETED', object } satisfies WatchEvent<KubeObject>);
    }
  } finally {
    close();
  }
}

/** Undefined: there are more objects than a page, or they could not be listed. */
async function wholeOf(held: Held | undefined): Promise<Page | undefined> {
  const page = (await held?.answer.catch(() => undefined))?.body as Page | undefined;
  return page === undefined || page.metadata.continue ? undefined : page;
}

function inNamespace({ items }: Page, namespace: string): readonly KubeObject[] {
  return (items ?? []).filter(({ metadata }) => metadata.namespace === namespace);
}

function isUnselected({ query, form }: Call): boolean {
  return form === undefined && query?.labelSelector === undefined && query?.fieldSelector === undefined;
}

type Filter = (object: KubeObject) => boolean;

/** Undefined: only the server knows what it selects. */
function filterOf({ query }: Call): Filter | undefined {
  const parsed = parseSelector(String(query?.labelSelector ?? ''));
  const hasFields = fieldFilterOf(String(query?.fieldSelector ?? ''));
  if (parsed.kind === 'invalid' || hasFields === undefined) return undefined;
  return (object) => matches(parsed.selector, object.metadata.labels ?? {}) && hasFields(object);
}

const FIELDS: Readonly<Record<string, (object: KubeObject) => string | undefined>> = {
  'metadata.name': ({ metadata }) => metadata.name,
  'status.phase': (object) => (object as JsonPod).status?.phase,
};

/** Reads `a=b,c!=d`. */
function fieldFilterOf(text: string): Filter | undefined {
  const filters = text === '' ? [] : text.split(',').map(fieldFilter);
  return filters.every((filter) => filter !== undefined) ? (object) => filters.every((has) => has(object)) : undefined;
}

function fieldFilter(text: string): Filter | undefined {
  const [, name = '', operator, value] = /^([\w.]+)(!?=)(\w[\w.-]*)$/.exec(text) ?? [];
  const read = FIELDS[name];
  return read && ((object) => (read(object) === value) === (operator === '='));
}
