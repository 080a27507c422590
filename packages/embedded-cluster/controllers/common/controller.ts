import type { Api, ApiEvent } from '../../api/api.ts';
import { ApiError } from '../../api/api-error.ts';
import type { EventRecorder } from './event-recorder.ts';
import type { Informers } from './informers.ts';
import { type Backoff, Workqueue } from './workqueue.ts';

/** What every controller is given. */
export interface Environment {
  api: Api;
  informers: Informers;
  events: EventRecorder;
}

/** One level-triggered control loop: it is told what to look at, never what has happened. */
export interface Controller {
  name: string;
  /** The keys that this change makes worth a look. Called for every existing object at the start, as ADDED. */
  keysOf(event: ApiEvent): Iterable<string>;
  /** Brings the cluster nearer to what the object of this key asks for. Throwing means: again, after a while. */
  reconcile(key: string, queue: Requeue): void;
  backoff?: Backoff;
  /** How often a failing key is tried again before it is dropped until its next change; absent: for ever. */
  maxRetries?: number;
}

/** A reconciler's own way to be called again. */
export interface Requeue {
  addAfter(key: string, delayMs: number): void;
  addRateLimited(key: string): void;
}

/** Failures other than an API server's refusals are bugs of a controller; whoever started it wants to hear of them. */
export type OnBug = (controller: string, key: string, error: unknown) => void;

/** Keys per controller and turn of the event loop: requests of clients are served between two turns. */
const keysPerTurn = 32;

/**
 * A key whose look took longer than `longLookMs` rests for `restFactor` times as long, so that what grows with the number
 * of pods (a Service of 5,000) is not worked out anew for each of them: at most a quarter of the time goes into one key.
 */
const longLookMs = 4;
const restFactor = 3;

/** Runs controllers side by side, a few keys each per turn of the event loop; does nothing at all while idle. */
export class ControllerLoop {
  readonly #loops: { controller: Controller; queue: Workqueue }[];
  readonly #onBug: OnBug;
  #scheduled: NodeJS.Immediate | undefined;
  #idle: PromiseWithResolvers<void> | undefined;
  #stopped = false;

  constructor(controllers: readonly Controller[], now: () => number, onBug: OnBug) {
    this.#onBug = onBug;
    this.#loops = controllers.map((controller) => ({
      controller,
      queue: new Workqueue(now, () => this.#schedule(), controller.backoff),
    }));
  }

  /** Never throws: it is called while somebody's write is being stored. */
  dispatch(event: ApiEvent): void {
    if (this.#stopped) return;
    for (const { controller, queue } of this.#loops) {
      try {
        for (const key of controller.keysOf(event)) queue.add(key);
      } catch (error) {
        this.#onBug(controller.name, `${event.resource} ${event.object.metadata.name}`, error);
      }
    }
  }

  /** Resolves when no key is ready. Keys that wait for a moment or out a backoff do not count. */
  settled(): Promise<void> {
    if (this.#scheduled === undefined && this.#isIdle()) return Promise.resolve();
    this.#idle ??= Promise.withResolvers();
    return this.#idle.promise;
  }

  stop(): void {
    this.#stopped = true;
    for (const { queue } of this.#loops) queue.close();
    clearImmediate(this.#scheduled);
    this.#scheduled = undefined;
    this.#sayIdle();
  }

  #schedule(): void {
    if (!this.#stopped) this.#scheduled ??= setImmediate(() => this.#turn());
  }

  #turn(): void {
    for (const { controller, queue } of this.#loops) {
      for (let left = Math.min(queue.size, keysPerTurn); left > 0; left--) {
        const key = queue.take();
        if (key !== undefined) this.#reconcile(controller, queue, key);
      }
    }
    this.#scheduled = undefined;
    if (this.#loops.some(({ queue }) => queue.size > 0)) this.#schedule();
    else if (this.#isIdle()) this.#sayIdle();
  }

  #isIdle(): boolean {
    return this.#loops.every(({ queue }) => queue.isIdle);
  }

  #sayIdle(): void {
    this.#idle?.resolve();
    this.#idle = undefined;
  }

  #reconcile(controller: Controller, queue: Workqueue, key: string): void {
    // What the machine takes, not the cluster's time.
    const beginMs = performance.now();
    try {
      controller.reconcile(key, queue);
      queue.forget(key);
    } catch (error) {
      if (!(error instanceof ApiError || error instanceof SyncError)) this.#onBug(controller.name, key, error);
      if (queue.failures(key) < (controller.maxRetries ?? Number.POSITIVE_INFINITY)) queue.addRateLimited(key);
      else queue.forget(key);
    }
    const tookMs = performance.now() - beginMs;
    if (tookMs > longLookMs) queue.rest(key, tookMs * restFactor);
  }
}

/** A reconciler gives up for now, though no request was refused. */
export class SyncError extends Error {}
