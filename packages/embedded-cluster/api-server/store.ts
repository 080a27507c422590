import type { ApiEvent, KubeObject, Resource } from '../api/api.ts';
import { ApiError } from '../api/api-error.ts';
import { frozen } from '../api/json.ts';
import { memo } from '../api/memo.ts';

const defaultHistoryLength = 5_000;

/** The objects of one resource. */
class Shelf {
  readonly byKey = new Map<string, KubeObject>();
  /** By namespace/name as in etcd. A write replaces the list, so a caller that holds the old one has a snapshot. */
  sorted: readonly KubeObject[] = [];
  readonly history: ApiEvent[] = [];
  /** Changes up to this version are no longer in the history. */
  forgotten = 0;

  within(namespace: string): readonly KubeObject[] {
    // '0' follows '/', so this is the range of the keys that start with `namespace/`.
    return this.sorted.slice(this.#indexOf(`${namespace}/`), this.#indexOf(`${namespace}0`));
  }

  /** Returns the object that it replaces. */
  put(object: KubeObject): KubeObject | undefined {
    const key = keyOfObject(object);
    const index = this.#indexOf(key);
    const previous = this.byKey.get(key);
    this.sorted = this.sorted.toSpliced(index, previous === undefined ? 0 : 1, object);
    this.byKey.set(key, object);
    return previous;
  }

  remove(object: KubeObject): KubeObject {
    const key = keyOfObject(object);
    const previous = this.byKey.get(key);
    if (previous === undefined) throw new Error(`${object.kind} ${key} is removed twice`);
    this.sorted = this.sorted.toSpliced(this.#indexOf(key), 1);
    this.byKey.delete(key);
    return previous;
  }

  /** The index of the key, or where to insert it. */
  #indexOf(key: string): number {
    let low = 0;
    let high = this.sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (keyOfObject(this.sorted[middle] as KubeObject) < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function keyOf(namespace: string | undefined, name: string): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}

export function keyOfObject({ metadata }: KubeObject): string {
  return keyOf(metadata.namespace, metadata.name);
}

/** Stores objects of any kind and their recent changes. */
export class Store {
  readonly #shelf = memo((_resource: Resource) => new Shelf());
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
    return namespace === undefined ? shelf.sorted : shelf.within(namespace);
  }

  /** The list right after the change of that version; throws 410 when the history is too short. */
  listAt(resource: Resource, version: number, namespace?: string): readonly KubeObject[] {
    if (version >= this.#version) return this.list(resource, namespace);
    const objects = new Map(this.list(resource, namespace).map((object) => [keyOfObject(object), object]));
    for (const { object, previous } of this.changesSince(resource, version).reverse()) {
      if (namespace !== undefined && object.metadata.namespace !== namespace) continue;
      if (previous === undefined) objects.delete(keyOfObject(object));
      else objects.set(keyOfObject(object), previous);
    }
    return [...objects.keys()].sort().map((key) => objects.get(key) as KubeObject);
  }

  /** The changes since that version, oldest first; throws 410 when the history is too short. */
  changesSince(resource: Resource, version: number): ApiEvent[] {
    const { history, forgotten } = this.#shelf(resource);
    if (version < forgotten) throw new ApiError(410, 'Expired', `too old resource version: ${version} (${forgotten})`);
    return history.slice(history.findLastIndex((event) => versionOf(event) <= version) + 1);
  }

  /** Stores the object under a new resourceVersion. */
  put(resource: Resource, object: KubeObject): KubeObject {
    const stored = this.#stamped(object);
    const previous = this.#shelf(resource).put(stored);
    this.#record(
      previous === undefined
        ? { type: 'ADDED', resource, object: stored }
        : { type: 'MODIFIED', resource, object: stored, previous },
    );
    return stored;
  }

  /** Removes the object; watchers get `last`, its final state. */
  remove(resource: Resource, last: KubeObject): KubeObject {
    const gone = this.#stamped(last);
    this.#record({ type: 'DELETED', resource, object: gone, previous: this.#shelf(resource).remove(gone) });
    return gone;
  }

  /** Calls listeners in the order of the versions, even when a listener writes. */
  subscribe(listener: (event: ApiEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #stamped(object: KubeObject): KubeObject {
    this.#version += 1;
    const metadata = { ...object.metadata, resourceVersion: String(this.#version) };
    return frozen({ ...object, metadata });
  }

  #record(event: ApiEvent): void {
    const shelf = this.#shelf(event.resource);
    shelf.history.push(event);
    // Cut many at once: cutting one would move the whole array at each write.
    if (shelf.history.length >= this.#historyLength * 2) {
      shelf.forgotten = versionOf(shelf.history.splice(0, this.#historyLength).at(-1) as ApiEvent);
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
}

/** Of the change: that of the object that it left. */
function versionOf({ object }: ApiEvent): number {
  return Number(object.metadata.resourceVersion);
}
