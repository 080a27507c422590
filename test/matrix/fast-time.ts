import { AsyncLocalStorage } from 'node:async_hooks';
import { syncBuiltinESMExports } from 'node:module';
import timersPromises from 'node:timers/promises';

const startedAt = Date.now();

/** Milliseconds since the epoch, where time runs so many times faster than ours: what waits for seconds waits for milliseconds. */
export function fastNow(speed: number): number {
  return startedAt + (performance.timeOrigin + performance.now() - startedAt) * speed;
}

/** The time of one process: it runs fast, and once it has ended nothing that was to happen later happens. */
export class Lifetime {
  readonly speed: number;
  readonly #timers = new Set<NodeJS.Timeout>();
  #isOver = false;

  constructor(speed: number) {
    this.speed = speed;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Whatever this starts belongs to this lifetime, however long it takes. */
  run<T>(work: () => T): T {
    return current.run(this, work);
  }

  end(): void {
    this.#isOver = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  keep(timer: NodeJS.Timeout): NodeJS.Timeout {
    if (this.#isOver) clearTimeout(timer);
    else this.#timers.add(timer);
    return timer;
  }

  drop(timer: NodeJS.Timeout): void {
    this.#timers.delete(timer);
  }
}

const current = new AsyncLocalStorage<Lifetime>();

/** For what is awaited by somebody who is dead. Each time another one, so that nothing piles up behind it. */
export function never<T>(): Promise<T> {
  return new Promise<T>(() => {});
}

const real = {
  setTimeout: globalThis.setTimeout,
  setInterval: globalThis.setInterval,
  wait: timersPromises.setTimeout,
  timeout: AbortSignal.timeout.bind(AbortSignal),
};

type Callback = (...args: unknown[]) => void;

function fastTimeout(callback: Callback, ms = 0, ...args: unknown[]): NodeJS.Timeout {
  const lifetime = current.getStore();
  if (lifetime === undefined) return real.setTimeout(callback, ms, ...args);
  const timer: NodeJS.Timeout = real.setTimeout(() => {
    lifetime.drop(timer);
    callback(...args);
  }, ms / lifetime.speed);
  return lifetime.keep(timer);
}

// What `util.promisify` makes of it is among its properties.
Object.defineProperties(fastTimeout, Object.getOwnPropertyDescriptors(real.setTimeout));
globalThis.setTimeout = fastTimeout as typeof setTimeout;

globalThis.setInterval = ((callback: Callback, ms = 0, ...args: unknown[]) => {
  const lifetime = current.getStore();
  return lifetime === undefined
    ? real.setInterval(callback, ms, ...args)
    : lifetime.keep(real.setInterval(callback, ms / lifetime.speed, ...args));
}) as typeof setInterval;

timersPromises.setTimeout = async <T>(ms = 0, value?: T, options?: Parameters<typeof real.wait>[2]) => {
  const lifetime = current.getStore();
  if (lifetime === undefined) return real.wait(ms, value, options) as Promise<T>;
  try {
    const waited = (await real.wait(ms / lifetime.speed, value, options)) as T;
    return lifetime.isOver ? await never<T>() : waited;
  } catch (error) {
    if (lifetime.isOver) return never<T>();
    throw error;
  }
};
syncBuiltinESMExports();

AbortSignal.timeout = (ms) => real.timeout(Math.ceil(ms / (current.getStore()?.speed ?? 1)));
