import type { ApiEvent, KubeObject, Resource } from '../api/api.ts';
import { ApiError } from '../api/api-error.ts';
import { frozen } from '../api/json.ts';

const defaultHistoryLength = 5_000;

/** The objects of one resource, sorted by namespace/name as in etcd. */
class Shelf {
  readonly byKey = new Map<string, KubeObject>();
  readonly history: ApiEvent[] = [];
  /** Changes up to this version are no longer in the history. */
  forgotten = 0;
  #sorted: KubeObject[] = [];
  #keys: string[] = [];
  #isShared = false;

  /** A snapshot: the next write copies the list. */
  all(): readonly KubeObject[] {
    this.#isShared = true;
    return this.#sorted;
  }

  within(namespace: string): readonly KubeObject[] {
    // '0' follows '/', so this is the range of the keys that start with `namespace/`.
    return this.#sorted.slice(this.#indexOf(`${namespace}/`), this.#indexOf(`${namespace}0`));
  }

  put(key: string, object: KubeObject): void {
    this.#own();
    const index = this.#indexOf(key);
    if (this.byKey.has(key)) {
      this.#sorted[index] = object;
    } else {
      this.#sorted.splice(index, 0, object);
      this.#keys.splice(index, 0, key);
    }
    this.byKey.set(key, object);
  }

  remove(key: string): void {
    this.#own();
    const index = this.#indexOf(key);
    this.#sorted.splice(index, 1);
    this.#keys.splice(index, 1);
    this.byKey.delete(key);
  }

  #own(): void {
    if (!this.#isShared) return;
    this.#sorted = [...this.#sorted];
    this.#isShared = false;
  }

  /** The index of the key, or where to insert it. */
  #indexOf(key: string): number {
    let low = 0;
    let high = this.#keys.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#keys[middle] as string) < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

export function keyOf(namespace: string | undefined, name: string): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}

function expired(version: number, oldest: number): ApiError {
  return new ApiError(410, 'Expired', `too old resource version: ${version} (${oldest})`);
}

/** Stores objects of any kind and their recent changes. */
export class Store {
  readonly #shelves = new Map<Resource, Shelf>();
  readonly #listeners = new Set<(event: ApiEvent) => void>();
  readonly #undelivered: ApiEvent[] = [];
  readonly #historyLength: number;
  #isDelivering = false;
  #version = 0;

  /** A watch that is more than `historyLength` changes of its resource behind gets 410 Expired and has to list again. */
  constructor(historyLength = defaultHistoryLength) {
    this.#historyLength = historyLength;
  }

  /** The resourceVersion of the last change. */
  get version(): number {
    return this.#version;
  }

  get(resource: Resource, namespace: string | undefined, name: string): KubeObject | undefined {
    return this.#shelf(resource).byKey.get(keyOf(namespace, name));
  }

  list(resource: Resource, namespace?: string): readonly KubeObject[] {
    const shelf = this.#shelf(resource);
    return namespace === undefined ? shelf.all() : shelf.within(namespace);
  }

  /** The list right after the change of that version; throws 410 when the history is too short. */
  listAt(resource: Resource, version: number, namespace?: string): readonly KubeObject[] {
    if (version >= this.#version) return this.list(resource, namespace);
    const shelf = this.#shelf(resource);
    if (version < shelf.forgotten) throw expired(version, shelf.forgotten);
    const objects = new Map(this.list(resource, namespace).map((object) => [keyOfObject(object), object]));
    for (const event of shelf.history.toReversed()) {
      if (versionOf(event) <= version) break;
      if (namespace !== undefined && event.object.metadata.namespace !== namespace) continue;
      const key = keyOfObject(event.object);
      if (event.previous === undefined) objects.delete(key);
      else objects.set(key, event.previous);
    }
    return [...objects.keys()].sort().map((key) => objects.get(key) as KubeObject);
  }

  /** The changes since that version, oldest first; throws 410 when the history is too short. */
  changesSince(resource: Resource, version: number): ApiEvent[] {
    const shelf = this.#shelf(resource);
    if (version < shelf.forgotten) throw expired(version, shelf.forgotten);
    const { history } = shelf;
    return history.slice(history.findLastIndex((event) => versionOf(event) <= version) + 1);
  }

  /** Stores the object under a new resourceVersion. */
  put(resource: Resource, object: KubeObject): KubeObject {
    const shelf = this.#shelf(resource);
    const key = keyOfObject(object);
    const previous = shelf.byKey.get(key);
    const stored = this.#stamped(object);
    shelf.put(key, stored);
    this.#record(shelf, {
      type: previous ? 'MODIFIED' : 'ADDED',
      resource,
      object: stored,
      ...(previous && { previous }),
    });
    return stored;
  }

  /** Removes the object; watchers get `last`, its final state. */
  remove(resource: Resource, last: KubeObject): KubeObject {
    const shelf = this.#shelf(resource);
    const key = keyOfObject(last);
    const previous = shelf.byKey.get(key);
    if (previous === undefined) throw new Error(`${resource} ${key} is removed twice`);
    const gone = this.#stamped(last);
    shelf.remove(key);
    this.#record(shelf, { type: 'DELETED', resource, object: gone, previous });
    return gone;
  }

  /** Calls listeners in the order of the versions, even when a listener writes. */
  subscribe(listener: (event: ApiEvent) => void): () => void {
    // A wrapper, so that the same function may subscribe twice.
    const own = (event: ApiEvent) => listener(event);
    this.#listeners.add(own);
    return () => this.#listeners.delete(own);
  }

  #stamped(object: KubeObject): KubeObject {
    this.#version += 1;
    const metadata = { ...object.metadata, resourceVersion: String(this.#version) };
    return frozen({ ...object, metadata });
  }

  #record(shelf: Shelf, event: ApiEvent): void {
    const historyLength = this.#historyLength;
    shelf.history.push(event);
    // Cut many at once: cutting one would move the whole array at each write.
    if (shelf.history.length >= historyLength * 2) {
      shelf.forgotten = versionOf(shelf.history.splice(0, historyLength).at(-1) as ApiEvent);
    }
    this.#undelivered.push(event);
    if (this.#isDelivering) return;
    this.#isDelivering = true;
    try {
      for (let next = this.#undelivered.shift(); next !== undefined; next = this.#undelivered.shift()) {
        for (const listener of [...this.#listeners]) listener(next);
      }
    } finally {
      this.#isDelivering = false;
    }
  }

  #shelf(resource: Resource): Shelf {
    let shelf = this.#shelves.get(resource);
    if (shelf === undefined) {
      shelf = new Shelf();
      this.#shelves.set(resource, shelf);
    }
    return shelf;
  }
}

/** Of the change: that of the object that it left. */
function versionOf({ object }: ApiEvent): number {
  return Number(object.metadata.resourceVersion);
}

export function keyOfObject({ metadata }: KubeObject): string {
  return keyOf(metadata.namespace, metadata.name);
}
