interface Delayed {
  atMs: number;
  timer: NodeJS.Timeout;
}

/**
 * The keys that wait to be looked at, each at most once, first come first served (client-go's workqueue). A key can
 * also wait for a moment (`addAfter`) or for its turn after a failure (`addRateLimited`).
 */
export class Workqueue {
  readonly #waiting = new Set<string>();
  readonly #delayed = new Map<string, Delayed>();
  readonly #failures = new Map<string, number>();
  readonly #resting = new Map<string, { isWanted: boolean; timer: NodeJS.Timeout }>();
  readonly #backoff: Backoff;
  readonly #wake: () => void;
  readonly #now: () => number;

  /** `wake` is called whenever a key becomes ready. */
  constructor(now: () => number, wake: () => void, backoff: Backoff = defaultBackoff) {
    this.#now = now;
    this.#wake = wake;
    this.#backoff = backoff;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** Nothing is ready, nor will be when a rest is over. */
  get isIdle(): boolean {
    return this.#waiting.size === 0 && !this.#resting.values().some(({ isWanted }) => isWanted);
  }

  add(key: string): void {
    const rest = this.#resting.get(key);
    if (rest !== undefined) {
      rest.isWanted = true;
      return;
    }
    this.#waiting.add(key);
    this.#wake();
  }

  /** Holds the key back for a while, also when it is added meanwhile. */
  rest(key: string, restMs: number): void {
    // Not unref'd: it is over soon, and somebody may be waiting for the queue to become idle.
    const timer = setTimeout(() => {
      const isWanted = this.#resting.get(key)?.isWanted === true;
      this.#resting.delete(key);
      if (isWanted) this.add(key);
    }, restMs);
    this.#resting.set(key, { isWanted: this.#waiting.delete(key), timer });
  }

  /** Of several moments for one key the earliest counts, as in client-go's delaying queue. */
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
      // setTimeout takes no longer delays; waking early does no harm, the reconciler looks at the clock again.
      Math.min(delayMs, 2 ** 31 - 1),
    ).unref();
    this.#delayed.set(key, { atMs, timer });
  }

  addRateLimited(key: string): void {
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    this.addAfter(key, Math.min(this.#backoff.baseMs * 2 ** failures, this.#backoff.maxMs));
  }

  /** The key went well: its next failure starts with the shortest wait again. */
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
    for (const { timer } of [...this.#delayed.values(), ...this.#resting.values()]) clearTimeout(timer);
    this.#delayed.clear();
    this.#resting.clear();
    this.#waiting.clear();
  }
}

export interface Backoff {
  baseMs: number;
  maxMs: number;
}

/** 5 ms, 10 ms, 20 ms, … 1,000 s (client-go's DefaultTypedControllerRateLimiter). */
const defaultBackoff: Backoff = { baseMs: 5, maxMs: 1_000_000 };
