interface Delayed {
  atMs: number;
  timer: NodeJS.Timeout;
}

/**
 * A queue of unique keys, first in, first out (client-go's workqueue). A key can also be added after a delay
 * (`addAfter`) or after the back-off of a failure (`addRateLimited`).
 */
export class Workqueue {
  readonly #waiting = new Set<string>();
  readonly #delayed = new Map<string, Delayed>();
  readonly #failures = new Map<string, number>();
  readonly #heldBack = new Map<string, { isWanted: boolean; timer: NodeJS.Timeout }>();
  readonly #backoff: Backoff;
  readonly #wake: () => void;
  readonly #now: () => number;

  /** Calls `wake` whenever a key becomes ready. */
  constructor(now: () => number, wake: () => void, backoff: Backoff = defaultBackoff) {
    this.#now = now;
    this.#wake = wake;
    this.#backoff = backoff;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** True when no key is ready or held back. */
  get isIdle(): boolean {
    return this.#waiting.size === 0 && !this.#heldBack.values().some(({ isWanted }) => isWanted);
  }

  add(key: string): void {
    const held = this.#heldBack.get(key);
    if (held !== undefined) {
      held.isWanted = true;
      return;
    }
    this.#waiting.add(key);
    this.#wake();
  }

  /** Holds the key back for a while, even when it is added meanwhile. */
  holdBack(key: string, delayMs: number): void {
    // Not unref'd: `settled` may wait for the queue to become idle.
    const timer = setTimeout(() => {
      const isWanted = this.#heldBack.get(key)?.isWanted === true;
      this.#heldBack.delete(key);
      if (isWanted) this.add(key);
    }, delayMs);
    this.#heldBack.set(key, { isWanted: this.#waiting.delete(key), timer });
  }

  /** The earliest of several delays for one key counts, as in client-go's delaying queue. */
  addAfter(key: string, delayMs: number): void {
    if (delayMs <= 0) {
      this.add(key);
      return;
    }
    const atMs = this.#now() + delayMs;
    const earlier = this.#delayed.get(key);
    if (earlier !== undefined) {
      if (earlier.atMs <= atMs) return;
      clearTimeout(earlier.timer);
    }
    const timer = setTimeout(
      () => {
        this.#delayed.delete(key);
        this.add(key);
      },
      // The maximum of setTimeout. An early call is harmless: the reconciler checks the clock.
      Math.min(delayMs, 2 ** 31 - 1),
    ).unref();
    this.#delayed.set(key, { atMs, timer });
  }

  /** Adds the keys whose delay is over: timers don't follow a clock that is put forward. */
  wake(): void {
    const now = this.#now();
    for (const [key, { atMs, timer }] of [...this.#delayed]) {
      if (atMs > now) continue;
      clearTimeout(timer);
      this.#delayed.delete(key);
      this.add(key);
    }
  }

  addRateLimited(key: string): void {
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    this.addAfter(key, Math.min(this.#backoff.baseMs * 2 ** failures, this.#backoff.maxMs));
  }

  /** Resets the back-off of a key after a success. */
  forget(key: string): void {
    this.#failures.delete(key);
  }

  failures(key: string): number {
    return this.#failures.get(key) ?? 0;
  }

  take(): string | undefined {
    const [key] = this.#waiting;
    if (key !== undefined) this.#waiting.delete(key);
    return key;
  }

  close(): void {
    for (const { timer } of [...this.#delayed.values(), ...this.#heldBack.values()]) clearTimeout(timer);
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
