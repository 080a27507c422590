import { syncBuiltinESMExports } from 'node:module';
import timersPromises from 'node:timers/promises';
import { promisify } from 'node:util';
import { handledEvents, isQuiet } from './quiet.ts';

/**
 * Replaces the timers and clocks of this process. Virtual time stands still, except while `during`, `pass` or `until` waits:
 * then, whenever nothing else can happen in the process, it jumps to the next timer. So a timeout of a minute takes no time,
 * and no timer fires early because the machine is busy.
 */
const real = {
  setTimeout: globalThis.setTimeout,
  clearTimeout: globalThis.clearTimeout,
  setInterval: globalThis.setInterval,
  clearInterval: globalThis.clearInterval,
  setImmediate: globalThis.setImmediate,
  clearImmediate: globalThis.clearImmediate,
  wait: timersPromises.setTimeout,
  timeout: AbortSignal.timeout,
  dateNow: Date.now,
  performanceNow: performance.now,
};

type Callback = (...args: unknown[]) => void;

/** Owns timers. Once it is over, they never fire. */
export interface TimerOwner {
  readonly isOver: boolean;
}

const timers = new Set<VirtualTimer>();
let isOn = false;
/** Milliseconds since the epoch. */
let time = 0;
let currentOwner: () => TimerOwner | undefined = () => undefined;

class VirtualTimer {
  readonly #run: () => void;
  readonly #ms: number;
  readonly #isRepeated: boolean;
  readonly owner = currentOwner();
  at = 0;

  constructor(run: () => void, ms: number, isRepeated: boolean) {
    this.#run = run;
    this.#ms = Math.max(1, Math.trunc(ms) || 0);
    this.#isRepeated = isRepeated;
    this.refresh();
  }

  fire(): void {
    if (this.#isRepeated) this.refresh();
    else timers.delete(this);
    this.#run();
  }

  refresh(): this {
    this.at = time + this.#ms;
    // Behind the other timers of the same moment.
    timers.delete(this);
    timers.add(this);
    return this;
  }

  close(): void {
    timers.delete(this);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  hasRef(): boolean {
    return true;
  }
}

function add(callback: Callback, ms: number, args: unknown[], isRepeated: boolean): NodeJS.Timeout {
  return new VirtualTimer(() => callback(...args), ms, isRepeated) as unknown as NodeJS.Timeout;
}

function clear(timer: unknown): void {
  if (timer instanceof VirtualTimer) timer.close();
  else real.clearTimeout(timer as NodeJS.Timeout);
}

function wait<T>(ms = 1, value?: T, { signal }: { readonly signal?: AbortSignal } = {}): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const abort = () => {
      clear(timer);
      reject(new DOMException('The operation was aborted', { name: 'AbortError', cause: signal?.reason }));
    };
    const timer = add(
      () => {
        signal?.removeEventListener('abort', abort);
        resolve(value as T);
      },
      ms,
      [],
      false,
    );
    if (signal?.aborted) abort();
    else signal?.addEventListener('abort', abort, { once: true });
  });
}

function timeout(ms: number): AbortSignal {
  const controller = new AbortController();
  add(() => controller.abort(new DOMException('The operation timed out', 'TimeoutError')), ms, [], false);
  return controller.signal;
}

const setVirtualTimeout = Object.assign(
  (callback: Callback, ms = 1, ...args: unknown[]) => add(callback, ms, args, false),
  { [promisify.custom]: wait },
);

/** Those that have not run yet, except the driver's. */
const immediates = new Set<NodeJS.Immediate>();

const setCountedImmediate = Object.assign(
  (callback: Callback, ...args: unknown[]) => {
    const immediate = real.setImmediate(() => {
      immediates.delete(immediate);
      callback(...args);
    });
    immediates.add(immediate);
    return immediate;
  },
  { [promisify.custom]: promisify(real.setImmediate) },
);

function clearCountedImmediate(immediate: NodeJS.Immediate | undefined): void {
  if (immediate !== undefined) immediates.delete(immediate);
  real.clearImmediate(immediate);
}

/** Virtual time starts at this moment in each run. */
const START = Date.UTC(2026, 10, 24, 3, 12, 7);

/** `ownerOfTimers` is called for each new timer. */
export function startVirtualTime(ownerOfTimers: typeof currentOwner = () => undefined): void {
  if (isOn) throw new Error('virtual time is on already');
  isOn = true;
  currentOwner = ownerOfTimers;
  time = START;
  globalThis.setTimeout = setVirtualTimeout as unknown as typeof setTimeout;
  globalThis.clearTimeout = clear;
  globalThis.setInterval = ((callback: Callback, ms = 1, ...args: unknown[]) =>
    add(callback, ms, args, true)) as unknown as typeof setInterval;
  globalThis.clearInterval = clear;
  globalThis.setImmediate = setCountedImmediate as unknown as typeof setImmediate;
  globalThis.clearImmediate = clearCountedImmediate;
  timersPromises.setTimeout = wait as typeof timersPromises.setTimeout;
  AbortSignal.timeout = timeout;
  Date.now = () => Math.floor(time);
  performance.now = () => time - START;
  syncBuiltinESMExports();
}

/** Pending timers never fire. */
export function stopVirtualTime(): void {
  isOn = false;
  timers.clear();
  immediates.clear();
  globalThis.setTimeout = real.setTimeout;
  globalThis.clearTimeout = real.clearTimeout;
  globalThis.setInterval = real.setInterval;
  globalThis.clearInterval = real.clearInterval;
  globalThis.setImmediate = real.setImmediate;
  globalThis.clearImmediate = real.clearImmediate;
  timersPromises.setTimeout = real.wait;
  AbortSignal.timeout = real.timeout;
  Date.now = real.dateNow;
  performance.now = real.performanceNow;
  syncBuiltinESMExports();
}

/** Calls of `during` in progress. */
let waiting = 0;
let isDriving = false;

/** Lets time pass until the work is over. */
export async function during<T>(work: Promise<T>): Promise<T> {
  waiting += 1;
  if (!isDriving) real.setImmediate(drive);
  isDriving = true;
  try {
    return await work;
  } finally {
    waiting -= 1;
  }
}

/** The handled events at the end of the last turn of the event loop. */
let lastEvents = 0;
/** Turns in a row without an event. */
let turnsWithoutEvent = 0;

/** Turns are cheap and `isQuiet` is not: it is asked only when the turn before, too, brought no event. */
const TURNS_BEFORE_CHECK = 2;

function drive(): void {
  isDriving = waiting > 0;
  if (!isDriving) return;
  const events = handledEvents();
  turnsWithoutEvent = events === lastEvents ? turnsWithoutEvent + 1 : 0;
  lastEvents = events;
  if (turnsWithoutEvent >= TURNS_BEFORE_CHECK && immediates.size === 0 && isQuiet()) {
    turnsWithoutEvent = 0;
    advance();
  }
  real.setImmediate(drive);
}

function advance(): void {
  let next: VirtualTimer | undefined;
  for (const timer of timers) {
    if (timer.owner?.isOver) timer.close();
    else if (next === undefined || timer.at < next.at) next = timer;
  }
  if (next === undefined) return;
  time = Math.max(time, next.at);
  next.fire();
}

/** Lets this much time pass. */
export function pass(ms: number): Promise<void> {
  return during(wait(ms));
}

/** The limit of `until`, in virtual time. */
const LONGEST_MS = 600_000;

/** Lets time pass until the condition holds. */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = time + LONGEST_MS;
  await during(
    (async () => {
      while (!(await holds())) {
        if (time > deadline) throw new Error(`not ${what} after ${LONGEST_MS / 60_000} minutes of virtual time`);
        await wait(10);
      }
    })(),
  );
}
