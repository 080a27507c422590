/**
 * A queue of unique keys, first in, first out (client-go's workqueue). A key can also be added after a delay
 * (`addAfter`) or after the back-off of a failure (`retry`).
 */
export class Workqueue {
  readonly #waiting = new Set<string>();
  /** Waiting keys that are held back are not ready. */
  readonly #heldBack = new Map<string, NodeJS.Timeout>();
  readonly #delayed = new Map<string, { atMs: number; timer: NodeJS.Timeout }>();
  readonly #failures = new Map<string, number>();
  readonly #now: () => number;
  readonly #onReady: () => void;

  constructor(now: () => number, onReady: () => void) {
    this.#now = now;
    this.#onReady = onReady;
  }

  get ready(): IteratorObject<string> {
    return this.#waiting.values().filter((key) => !this.#heldBack.has(key));
  }

  /** True when no key is ready or held back. */
  get isIdle(): boolean {
    return this.#waiting.size === 0;
  }

  add(key: string): void {
    this.#waiting.add(key);
    if (!this.#heldBack.has(key)) this.#onReady();
  }

  /** False when the key no longer waits. */
  take(key: string): boolean {
    return this.#waiting.delete(key);
  }

  /** Holds the key back for a while, even when it is added meanwhile. */
  holdBack(key: string, delayMs: number): void {
    // Not unref'd: `settled` may wait for the queue to become idle.
    const timer = setTimeout(() => {
      this.#heldBack.delete(key);
      // Behind the keys that were added meanwhile.
      if (this.#waiting.delete(key)) this.add(key);
    }, delayMs);
    this.#heldBack.set(key, timer);
  }

  /** The earliest of several delays for one key counts, as in client-go's delaying queue. */
  addAfter(key: string, delayMs: number): void {
    const atMs = this.#now() + delayMs;
    const earlier = this.#delayed.get(key);
    if (delayMs <= 0) this.add(key);
    if (delayMs <= 0 || (earlier !== undefined && earlier.atMs <= atMs)) return;
    clearTimeout(earlier?.timer);
    // The maximum of setTimeout. An early call is harmless: the reconciler checks the clock.
    const timer = setTimeout(() => this.#end(key, timer), Math.min(delayMs, 2 ** 31 - 1)).unref();
    this.#delayed.set(key, { atMs, timer });
  }

  /** Adds the keys whose delay is over: timers don't follow a clock that is put forward. */
  wake(): void {
    for (const [key, { atMs, timer }] of [...this.#delayed]) if (atMs <= this.#now()) this.#end(key, timer);
  }

  #end(key: string, timer: NodeJS.Timeout): void {
    clearTimeout(timer);
    this.#delayed.delete(key);
    this.add(key);
  }

  /** Adds the key after its back-off, or drops it until its next change. */
  retry(key: string, { baseMs, maxMs }: Backoff = defaultBackoff, maxRetries = Number.POSITIVE_INFINITY): void {
    const failures = this.#failures.get(key) ?? 0;
    if (failures >= maxRetries) {
      this.forget(key);
      return;
    }
    this.#failures.set(key, failures + 1);
    this.addAfter(key, Math.min(baseMs * 2 ** failures, maxMs));
  }

  /** Resets the back-off of a key after a success. */
  forget(key: string): void {
    this.#failures.delete(key);
  }

  close(): void {
    for (const timer of this.#heldBack.values()) clearTimeout(timer);
    for (const { timer } of this.#delayed.values()) clearTimeout(timer);
    this.#delayed.clear();
    this.#heldBack.clear();
    this.#waiting.clear();
  }
}

export interface Backoff {
  baseMs: number;
  maxMs: number;
}

/** 5 ms, 10 ms, 20 ms, … 1,000 s (client-go's DefaultTypedControllerRateLimiter). */
const defaultBackoff: Backoff = { baseMs: 5, maxMs: 1_000_000 };
