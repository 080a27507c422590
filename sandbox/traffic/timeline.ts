/** Remembers the values of the last while, so that a reader can lag behind. */
export class Timeline<T> {
  readonly #keptMs: number;
  /** The oldest first; the first one holds at the beginning of that while. */
  readonly #entries: { readonly at: number; readonly value: T }[] = [];

  constructor(keptMs: number) {
    this.#keptMs = keptMs;
  }

  record(at: number, value: T): void {
    this.#entries.push({ at, value });
    while ((this.#entries[1]?.at ?? Number.POSITIVE_INFINITY) <= at - this.#keptMs) this.#entries.shift();
  }

  /** The value at that time. Before the first record, the first value. */
  at(time: number): T | undefined {
    return (this.#entries.findLast(({ at }) => at <= time) ?? this.#entries[0])?.value;
  }
}
