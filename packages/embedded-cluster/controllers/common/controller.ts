import type { Api, ApiEvent, DeleteOptions, KubeObject, NewObject, Resource } from '../../api/api.ts';
import { ApiError } from '../../api/api-error.ts';
import type { EventRecorder } from './event-recorder.ts';
import type { Informers } from './informers.ts';

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
  backoff?: { baseMs: number; maxMs: number };
  /** The retries of a failing key before it is dropped until its next change; default: no limit. */
  maxRetries?: number;
}

/** Lets a reconciler schedule its next call for the key; undefined: it needs none. */
export type WakeAfter = (delayMs: number | undefined) => void;

/** A reconciler asks for a retry although no request was refused. */
export class SyncError extends Error {}

/** Does nothing when the object is gone (404) or another one has its name (409, 422): one sync may end it twice. */
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
