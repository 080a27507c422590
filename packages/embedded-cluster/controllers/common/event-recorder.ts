import type { Api, KubeObject } from '../../api/api.ts';
import { ApiError } from '../../api/api-error.ts';
import { microTimestamp, timestamp } from '../../api/time.ts';

export type EventType = 'Normal' | 'Warning';

interface Aggregate {
  messages: Set<string>;
  lastMs: number;
}

interface Recorded {
  namespace: string;
  name: string;
  count: number;
}

interface Bucket {
  tokens: number;
  filledMs: number;
}

/** The Events of one object. */
class ObjectEvents {
  readonly aggregates = new Map<string, Aggregate>();
  readonly recorded = new Map<string, Recorded>();
  readonly buckets = new Map<string, Bucket>();
}

/** Combines the messages of one kind and object from this number on (events_cache.go, defaultAggregateMaxEvents). */
const combinedFrom = 10;
const combinedWithinMs = 600_000;
/** An object gets a burst of 25 events from one component, then one per 5 minutes (EventSourceObjectSpamFilter). */
const burst = 25;
const refillMs = 300_000;

/**
 * Writes core/v1 Events as client-go's recorder does: counts repetitions in the existing Event, combines similar Events
 * and drops those of an object that causes too many (tools/record/events_cache.go).
 */
export class EventRecorder {
  readonly #api: Api;
  readonly #events = new Map<string, ObjectEvents>();

  constructor(api: Api) {
    this.#api = api;
  }

  /** `component` is the sender in the column From of `kubectl describe`. */
  record(component: string, about: KubeObject, type: EventType, reason: string, message: string): void {
    const events = this.#eventsOf(about);
    const now = this.#api.now();
    const kind = `${component}\n${type}\n${reason}`;
    const isCombined = combines(events, kind, message, now);
    const text = isCombined ? `(combined from similar events): ${message}` : message;
    if (!mayWrite(events, component, now)) return;
    const key = isCombined ? kind : `${kind}\n${message}`;
    const again = (count: number) => ({ count, lastTimestamp: timestamp(now), message: text });
    this.#write(events, key, about, again, {
      type,
      reason,
      message: text,
      source: { component },
      firstTimestamp: timestamp(now),
      lastTimestamp: timestamp(now),
      count: 1,
      reportingComponent: component,
      reportingInstance: '',
    });
  }

  /**
   * Writes an Event as the scheduler does, with the newer recorder (tools/events): it sets eventTime, action and
   * reportingComponent, and neither source, count, first nor last time.
   */
  recordAction(
    component: string,
    about: KubeObject,
    type: EventType,
    reason: string,
    action: string,
    note: string,
  ): void {
    const events = this.#eventsOf(about);
    const now = this.#api.now();
    const key = `action\n${component}\n${type}\n${reason}\n${note}`;
    const again = (count: number) => ({ series: { count, lastObservedTime: microTimestamp(now) } });
    this.#write(events, key, about, again, {
      type,
      reason,
      action,
      message: note,
      source: {},
      eventTime: microTimestamp(now),
      reportingComponent: component,
      reportingInstance: `${component}-embedded`,
    });
  }

  /** Drops the records of a deleted object. */
  forget(uid: string): void {
    this.#events.delete(uid);
  }

  #eventsOf({ metadata: { uid } }: KubeObject): ObjectEvents {
    let events = this.#events.get(uid);
    if (events === undefined) {
      events = new ObjectEvents();
      this.#events.set(uid, events);
    }
    return events;
  }

  /**
   * Counts in the existing Event unless it has expired. Drops one that is refused, for example in a terminating namespace,
   * as the real recorder does.
   */
  #write(events: ObjectEvents, key: string, about: KubeObject, again: (count: number) => object, fields: object): void {
    const known = events.recorded.get(key);
    if (known !== undefined && this.#api.get('events', known.namespace, known.name) !== undefined) {
      known.count++;
      this.#api.mergePatch('events', known.namespace, known.name, again(known.count));
      return;
    }
    const namespace = about.metadata.namespace ?? 'default';
    // The object's name and the time in nanoseconds (event.go, makeEvent), here with random last digits.
    const nanoseconds = BigInt(this.#api.now()) * 1_000_000n + BigInt(Math.floor(this.#api.random() * 1_000_000));
    const name = `${about.metadata.name}.${nanoseconds.toString(16)}`;
    const identity = { apiVersion: 'v1', kind: 'Event', metadata: { namespace, name } };
    try {
      this.#api.create('events', { ...identity, involvedObject: referenceTo(about), ...fields });
      events.recorded.set(key, { namespace, name, count: 1 });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
    }
  }
}

function combines({ aggregates }: ObjectEvents, kind: string, message: string, now: number): boolean {
  let aggregate = aggregates.get(kind);
  if (aggregate === undefined || now - aggregate.lastMs > combinedWithinMs) {
    aggregate = { messages: new Set(), lastMs: now };
    aggregates.set(kind, aggregate);
  }
  aggregate.lastMs = now;
  aggregate.messages.add(message);
  if (aggregate.messages.size < combinedFrom) return false;
  const [oldest] = aggregate.messages;
  if (oldest !== undefined) aggregate.messages.delete(oldest);
  return true;
}

function mayWrite({ buckets }: ObjectEvents, component: string, now: number): boolean {
  const bucket = buckets.get(component) ?? { tokens: burst, filledMs: now };
  bucket.tokens = Math.min(burst, bucket.tokens + (now - bucket.filledMs) / refillMs);
  bucket.filledMs = now;
  buckets.set(component, bucket);
  if (bucket.tokens < 1) return false;
  bucket.tokens--;
  return true;
}

function referenceTo(object: KubeObject): object {
  const { namespace, name, uid, resourceVersion } = object.metadata;
  return {
    kind: object.kind,
    ...(namespace && { namespace }),
    name,
    uid,
    apiVersion: object.apiVersion,
    resourceVersion,
  };
}
