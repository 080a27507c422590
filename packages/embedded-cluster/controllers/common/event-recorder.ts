import type { Api, KubeObject } from '../../api/api.ts';
import { ApiError } from '../../api/api-error.ts';
import { microTimestamp, timestamp } from '../../api/time.ts';

export type EventType = 'Normal' | 'Warning';

const scheduler = 'default-scheduler';

/** What is known of the Events of one object. */
class ObjectEvents {
  /** The different messages of each kind. */
  readonly aggregates = new Map<string, { messages: Set<string>; lastMs: number }>();
  readonly recorded = new Map<string, { namespace: string; name: string; count: number }>();
  /** When each component may write a whole burst again. */
  readonly fullAt = new Map<string, number>();
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
    if (!mayWrite(events, component, now)) return;
    const time = timestamp(now);
    const [key, text] = isCombined
      ? [kind, `(combined from similar events): ${message}`]
      : [`${kind}\n${message}`, message];
    const again = (count: number) => ({ count, lastTimestamp: time, message: text });
    const fields = { type, reason, source: { component }, firstTimestamp: time, reportingComponent: component };
    this.#write(about, key, again, { ...fields, ...again(1) });
  }

  /**
   * Writes an Event as the scheduler does, with the newer recorder (tools/events): it sets eventTime, action and
   * reportingComponent, and neither source, count, first nor last time.
   */
  recordAction(about: KubeObject, type: EventType, reason: string, action: string, message: string): void {
    const eventTime = microTimestamp(this.#api.now());
    const again = (count: number) => ({ series: { count, lastObservedTime: eventTime } });
    const reporting = { reportingComponent: scheduler, reportingInstance: `${scheduler}-embedded` };
    const fields = { type, reason, action, message, eventTime, ...reporting };
    this.#write(about, `action\n${type}\n${reason}\n${message}`, again, fields);
  }

  /** Drops the records of a deleted object. */
  forget(uid: string): void {
    this.#events.delete(uid);
  }

  #eventsOf({ metadata: { uid } }: KubeObject): ObjectEvents {
    const events = this.#events.get(uid) ?? new ObjectEvents();
    this.#events.set(uid, events);
    return events;
  }

  /**
   * Counts in the existing Event unless it has expired. Drops one that is refused, for example in a terminating namespace,
   * as the real recorder does.
   */
  #write(about: KubeObject, key: string, again: (count: number) => object, fields: object): void {
    const { recorded } = this.#eventsOf(about);
    const known = recorded.get(key);
    if (known !== undefined && this.#api.get('events', known.namespace, known.name) !== undefined) {
      known.count++;
      this.#api.mergePatch('events', known.namespace, known.name, again(known.count));
      return;
    }
    const involvedObject = referenceTo(about);
    const { namespace = 'default' } = involvedObject;
    // The object's name and the time in nanoseconds (event.go, makeEvent), here with random last digits.
    const nanoseconds = BigInt(this.#api.now()) * 1_000_000n + BigInt(Math.floor(this.#api.random() * 1_000_000));
    const name = `${involvedObject.name}.${nanoseconds.toString(16)}`;
    const identity = { apiVersion: 'v1', kind: 'Event', metadata: { namespace, name } };
    try {
      this.#api.create('events', { ...identity, involvedObject, ...fields });
      recorded.set(key, { namespace, name, count: 1 });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
    }
  }
}

function combines({ aggregates }: ObjectEvents, kind: string, message: string, now: number): boolean {
  const before = aggregates.get(kind);
  const isOver = before === undefined || now - before.lastMs > combinedWithinMs;
  const messages = isOver ? new Set<string>() : before.messages;
  aggregates.set(kind, { messages: messages.add(message), lastMs: now });
  if (messages.size < combinedFrom) return false;
  const [oldest = ''] = messages;
  messages.delete(oldest);
  return true;
}

function mayWrite({ fullAt }: ObjectEvents, component: string, now: number): boolean {
  const before = Math.max(now, fullAt.get(component) ?? now);
  if (before > now + (burst - 1) * refillMs) return false;
  fullAt.set(component, before + refillMs);
  return true;
}

export function referenceTo({ apiVersion, kind, metadata }: KubeObject) {
  const { namespace, name, uid, resourceVersion } = metadata;
  return { kind, namespace, name, uid, apiVersion, resourceVersion };
}
