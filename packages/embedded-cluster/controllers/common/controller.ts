import type { Api, ApiEvent, DeleteOptions, KubeObject, NewObject, Resource } from '../../api/api.ts';
import { ApiError } from '../../api/api-error.ts';
import type { EventRecorder } from './event-recorder.ts';
import type { Informers } from './informers.ts';
import { type Backoff, Workqueue } from './workqueue.ts';

/** The parts of the cluster that each controller uses. */
export interface Environment {
  api: Api;
  informers: Informers;
  events: EventRecorder;
}

/** One level-triggered control loop: it gets keys to reconcile, not events. */
export interface Controller {
  name: string;
  /** The keys that this change affects. Called at the start with an ADDED event for each existing object. */
  keysOf(event: ApiEvent): Iterable<string>;
  /** Moves the cluster towards the desired state of the key's object. An error means a retry with back-off. */
  reconcile(key: string, wakeAfter: WakeAfter): void;
  backoff?: Backoff;
  /** The retries of a failing key before it is dropped until its next change; default: no limit. */
  maxRetries?: number;
}

/** Lets a reconciler schedule its next call for the key; undefined: it needs none. */
export type WakeAfter = (delayMs: number | undefined) => void;

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

/** Runs controllers side by side, a few keys each per turn of the event loop. */
export class ControllerLoop {
  readonly #loops: { controller: Controller; queue: Workqueue }[];
  readonly #onBug: OnBug;
  #scheduled: NodeJS.Immediate | undefined;
  #idle: PromiseWithResolvers<void> | undefined;
  #stopped = false;

  constructor(controllers: readonly Controller[], now: () => number, onBug: OnBug) {
    this.#onBug = onBug;
    this.#loops = controllers.map((controller) => ({ controller, queue: new Workqueue(now, () => this.#schedule()) }));
  }

  /** Never throws: it runs inside the write of a client. */
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

  /** Resolves when no controller has a key to reconcile now; does not wait for delays and back-offs. */
  async settled(): Promise<void> {
    if (this.#loops.every(({ queue }) => queue.isIdle)) return;
    this.#idle ??= Promise.withResolvers();
    await this.#idle.promise;
  }

  /** Reconciles the keys whose delay is over: for a clock that is put forward, which timers don't follow. */
  wake(): void {
    for (const { queue } of this.#loops) queue.wake();
  }

  stop(): void {
    this.#stopped = true;
    for (const { queue } of this.#loops) queue.close();
    clearImmediate(this.#scheduled);
    this.#resolveIfIdle();
  }

  #schedule(): void {
    if (!this.#stopped) this.#scheduled ??= setImmediate(() => this.#turn());
  }

  #turn(): void {
    for (const { controller, queue } of this.#loops) {
      for (const key of queue.ready.take(keysPerTurn).toArray()) {
        if (queue.take(key)) this.#reconcile(controller, queue, key);
      }
    }
    this.#scheduled = undefined;
    if (this.#loops.some(({ queue }) => queue.ready.next().done === false)) this.#schedule();
    else this.#resolveIfIdle();
  }

  #resolveIfIdle(): void {
    if (!this.#loops.every(({ queue }) => queue.isIdle)) return;
    this.#idle?.resolve();
    this.#idle = undefined;
  }

  #reconcile(controller: Controller, queue: Workqueue, key: string): void {
    // The machine's time, not the cluster's.
    const beginMs = performance.now();
    try {
      controller.reconcile(key, (delayMs) => delayMs !== undefined && queue.addAfter(key, delayMs));
      queue.forget(key);
    } catch (error) {
      if (!(error instanceof ApiError || error instanceof SyncError)) this.#onBug(controller.name, key, error);
      queue.retry(key, controller.backoff, controller.maxRetries);
    }
    const tookMs = performance.now() - beginMs;
    if (tookMs > slowMs) queue.holdBack(key, tookMs * delayFactor);
  }
}

/** A reconciler asks for a retry although no request was refused. */
export class SyncError extends Error {}

/** Does nothing when the object is gone (404) or another one has its name (409, 422). */
export function unlessGone(action: () => void): void {
  const error = attempt(action);
  if (error !== undefined && !(error instanceof ApiError && [404, 409, 422].includes(error.code))) throw error;
}

/** Deletes this object, not a new one of its name. */
export function remove(api: Api, resource: Resource, { metadata }: KubeObject, options: DeleteOptions = {}): void {
  const { namespace, name, uid } = metadata;
  unlessGone(() => api.delete(resource, namespace, name, { uid, ...options }));
}

/** Undefined when the namespace is being deleted, and accepts no new objects (NamespaceTerminatingCause). */
export function createUnlessEnding(api: Api, resource: Resource, object: NewObject): KubeObject | undefined {
  try {
    return api.create(resource, object);
  } catch (error) {
    if (isNamespaceTerminating(error)) return undefined;
    throw error;
  }
}

export function isNamespaceTerminating(error: unknown): boolean {
  return (
    error instanceof ApiError && (error.details?.causes ?? []).some((cause) => cause.reason === 'NamespaceTerminating')
  );
}

/** The error, if there is one: what follows has to be done first. */
export function attempt(action: () => void): unknown {
  try {
    action();
    return undefined;
  } catch (error) {
    return error;
  }
}

/** Makes all attempts, then throws the first failure. */
export function attemptAll<T>(items: Iterable<T>, action: (item: T) => void): void {
  const failures = Array.from(items, (item) => attempt(() => action(item))).filter((each) => each !== undefined);
  if (failures.length > 0) throw failures[0];
}
