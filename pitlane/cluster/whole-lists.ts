import { matches, parseSelector } from '../rotation/selector.ts';
import type { Answer, Call, Connection } from './connection.ts';
import type { JsonPod, KubeList, KubeObject } from './json.ts';
import { PAGE_SIZE } from './list.ts';
import type { Place, Resource } from './resource.ts';
import { FRESH_MS } from './shared-reads.ts';

type Page = KubeList<KubeObject>;

/** A list of all objects of a kind in a namespace, or in the cluster. */
interface Held {
  readonly at: number;
  readonly answer: Promise<Answer<unknown>>;
}

/**
 * The lists without a selector that one observation reads. They answer its narrower reads: one round trip instead of
 * several in a row, and nothing is read twice.
 */
export class WholeLists {
  readonly #now: () => number;
  readonly #held = new Map<string, Held>();

  constructor(now: () => number) {
    this.#now = now;
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
    };
  }

  /** Undefined: the server has to answer. */
  async #answer<T>(connection: Connection, call: Call): Promise<Answer<T> | undefined> {
    const { verb, place, query } = call;
    const { resource, namespace, name, subresource } = place;
    const isRead = (verb === 'list' || verb === 'get') && subresource === undefined && query?.continue === undefined;
    const isSelected = filterOf(call);
    if (!isRead || isSelected === undefined) return undefined;
    const isWhole = verb === 'list' && isUnselected(call);
    const own = this.#fresh(resource, namespace);
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

  #fresh(resource: Resource, namespace?: string): Held | undefined {
    const held = this.#held.get(keyOf(resource, namespace));
    return held !== undefined && this.#now() - held.at <= FRESH_MS ? held : undefined;
  }

  #hold(connection: Connection, call: Call): Held {
    const { resource, namespace } = call.place;
    const known = this.#fresh(resource, namespace);
    if (known !== undefined) return known;
    const held = { at: this.#now(), answer: connection.send<Page>(call) };
    // Its reader gets the error.
    held.answer.catch(() => {});
    this.#held.set(keyOf(resource, namespace), held);
    return held;
  }
}

function placeOf(resource: Resource, namespace: string | undefined) {
  return namespace === undefined ? { resource } : { resource, namespace };
}

function keyOf({ group, plural }: Resource, namespace: string | undefined): string {
  return `${group}/${plural} ${namespace ?? ''}`;
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
