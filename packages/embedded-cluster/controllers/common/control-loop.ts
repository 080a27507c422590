import { EventEmitter, once } from 'node:events';
import type { ApiEvent } from '../../api/api.ts';
import { ApiError } from '../../api/api-error.ts';
import { type Controller, SyncError } from './controller.ts';

/** Gets the errors that are neither an API server's refusals nor SyncErrors: bugs of a controller. */
export type OnBug = (controller: string, key: string, error: unknown) => void;

/** Keys per controller and turn of the event loop; the server handles requests between two turns. */
const keysPerTurn = 32;

/**
 * A key that took longer than `slowMs` is delayed by `delayFactor` times that time, so that one key takes at most a
 * quarter of the time: a Service with 5,000 pods is not computed anew for each of them.
 */
const slowMs = 4;
const delayFactor = 3;

/** 5 ms, 10 ms, 20 ms, … 1,000 s (client-go's DefaultTypedControllerRateLimiter). */
const defaultBackoff = { baseMs: 5, maxMs: 1_000_000 };

/** Runs controllers side by side, a few keys each per turn of the event loop. */
export function controlLoops(controllers: readonly Controller[], now: () => number, onBug: OnBug) {
  const loops = controllers.map((controller) => controlLoop(controller, now, onBug, schedule));
  const turns = new EventEmitter();
  let scheduled: NodeJS.Immediate | undefined;
  let isStopped = false;

  const isIdle = () => loops.every(({ waiting }) => waiting.size === 0);

  function schedule(): void {
    if (!isStopped) scheduled ??= setImmediate(turn);
  }

  function turn(): void {
    scheduled = undefined;
    for (const loop of loops) if (loop.reconcileSome()) schedule();
    if (isIdle()) turns.emit('idle');
  }

  return {
    dispatch(event: ApiEvent): void {
      if (!isStopped) for (const loop of loops) loop.dispatch(event);
    },

    /** Resolves when no controller has a key to reconcile now; does not wait for delays and back-offs. */
    async settled(): Promise<void> {
      if (!isIdle()) await once(turns, 'idle');
    },

    /** Reconciles the keys whose delay is over: for a clock that is put forward, which timers don't follow. */
    wake(): void {
      for (const loop of loops) loop.wake();
    },

    stop(): void {
      isStopped = true;
      for (const loop of loops) loop.stop();
      clearImmediate(scheduled);
      turns.emit('idle');
    },
  };
}

/** The loop of one controller. Its keys wait in a queue, each once, first in, first out (client-go's workqueue). */
function controlLoop(controller: Controller, now: () => number, onBug: OnBug, onReady: () => void) {
  const { name, backoff: { baseMs, maxMs } = defaultBackoff, maxRetries = Number.POSITIVE_INFINITY } = controller;
  const waiting = new Set<string>();
  /** Waiting keys that are held back are not ready. */
  const heldBack = new Map<string, NodeJS.Timeout>();
  const delayed = new Map<string, { atMs: number; timer: NodeJS.Timeout }>();
  const failures = new Map<string, number>();

  const ready = () => waiting.values().filter((key) => !heldBack.has(key));

  function add(key: string): void {
    waiting.add(key);
    if (!heldBack.has(key)) onReady();
  }

  /** The earliest of several delays for one key counts, as in client-go's delaying queue. */
  function addAfter(key: string, delayMs: number): void {
    const atMs = now() + delayMs;
    const earlier = delayed.get(key);
    if (delayMs <= 0) add(key);
    if (delayMs <= 0 || (earlier !== undefined && earlier.atMs <= atMs)) return;
    clearTimeout(earlier?.timer);
    // The maximum of setTimeout. An early call is harmless: the reconciler checks the clock.
    const timer = setTimeout(() => endDelay(key), Math.min(delayMs, 2 ** 31 - 1)).unref();
    delayed.set(key, { atMs, timer });
  }

  function endDelay(key: string): void {
    clearTimeout(delayed.get(key)?.timer);
    delayed.delete(key);
    add(key);
  }

  function reconcile(key: string): void {
    // The machine's time, not the cluster's.
    const beginMs = performance.now();
    const before = failures.get(key) ?? 0;
    failures.delete(key);
    try {
      controller.reconcile(key, (delayMs) => delayMs !== undefined && addAfter(key, delayMs));
    } catch (error) {
      if (!(error instanceof ApiError || error instanceof SyncError)) onBug(name, key, error);
      if (before < maxRetries) {
        failures.set(key, before + 1);
        addAfter(key, Math.min(baseMs * 2 ** before, maxMs));
      }
    }
    const tookMs = performance.now() - beginMs;
    if (tookMs > slowMs) holdBack(key, tookMs * delayFactor);
  }

  /** Holds the key back for a while, even when it is added meanwhile. */
  function holdBack(key: string, delayMs: number): void {
    // Not unref'd: `settled` may wait for the queue to become idle.
    const timer = setTimeout(() => {
      heldBack.delete(key);
      // Behind the keys that were added meanwhile.
      if (waiting.delete(key)) add(key);
    }, delayMs);
    heldBack.set(key, timer);
  }

  return {
    waiting,

    /** Never throws: it runs inside the write of a client. */
    dispatch(event: ApiEvent): void {
      try {
        for (const key of controller.keysOf(event)) add(key);
      } catch (error) {
        onBug(name, `${event.resource} ${event.object.metadata.name}`, error);
      }
    },

    /** True when there are more. */
    reconcileSome(): boolean {
      // A stop in between empties the queue.
      for (const key of ready().take(keysPerTurn).toArray()) if (waiting.delete(key)) reconcile(key);
      return ready().some(() => true);
    },

    wake(): void {
      for (const [key, { atMs }] of [...delayed]) if (atMs <= now()) endDelay(key);
    },

    stop(): void {
      for (const timer of heldBack.values()) clearTimeout(timer);
      for (const { timer } of delayed.values()) clearTimeout(timer);
      for (const each of [heldBack, delayed, waiting]) each.clear();
    },
  };
}
