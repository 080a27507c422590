import type { Entries } from './entries.ts';

/** A key with its value as JSON, or null for a value that is gone. */
export type Patch = readonly (readonly [key: string, json: string | null])[];

/** The entries that the page shows, and what has changed in them since the last patch. */
export class Board {
  readonly #entries = new Map<string, string>();
  readonly #changed = new Set<string>();

  set<G extends keyof Entries>(group: G, name: string, value: Entries[G]): void {
    const key = `${group}/${name}`;
    const json = JSON.stringify(value);
    if (this.#entries.get(key) === json) return;
    this.#entries.set(key, json);
    this.#changed.add(key);
  }

  delete(group: keyof Entries, name: string): void {
    const key = `${group}/${name}`;
    if (this.#entries.delete(key)) this.#changed.add(key);
  }

  /** Sets exactly these values of a group. */
  replace<G extends keyof Entries>(group: G, values: ReadonlyMap<string, Entries[G]>): void {
    const prefix = `${group}/`;
    for (const key of this.#entries.keys())
      if (key.startsWith(prefix) && !values.has(key.slice(prefix.length))) this.delete(group, key.slice(prefix.length));
    for (const [name, value] of values) this.set(group, name, value);
  }

  all(): Patch {
    return [...this.#entries];
  }

  /** What has changed since the last call. */
  patch(): Patch {
    const patch = [...this.#changed].map((key) => [key, this.#entries.get(key) ?? null] as const);
    this.#changed.clear();
    return patch;
  }
}

/** Values are JSON already. */
export function patchText(patch: Patch): string {
  return `[${patch.map(([key, json]) => `[${JSON.stringify(key)},${json}]`).join(',')}]`;
}
