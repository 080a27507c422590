import type { Api, KubeObject } from '../../api/api.ts';
import { ApiError } from '../../api/api-error.ts';
import { microTimestamp, timestamp } from '../../api/time.ts';

export type EventType = 'Normal' | 'Warning';

const scheduler = 'default-scheduler';

/** What is known of the Events of one object. */
interface ObjectEvents {
  /** The different messages of each kind. */
  aggregates: Map<string, { messages: Set<string>; lastMs: number }>;
  recorded: Map<string, { namespace: string; name: string; count: number }>;
  /** When each component may write a whole burst again. */
  fullAt: Map<string, number>;
}

/** Combines the messages of one kind and object from this number on (events_cache.go, defaultAggregateMaxEvents). */
const combinedFrom = 10;
const combinedWithinMs = 600_000;
/** An object gets a burst of 25 events from one component, then one per 5 minutes (EventSourceObjectSpamFilter). */
const burst = 25;
const refillMs = 300_000;

export type EventRecorder = ReturnType<typeof eventRecorder>;

/**
 * Writes core/v1 Events as client-go's recorder does: counts repetitions in the existing Event, combines similar Events
 * and drops those of an object that causes too many (tools/record/events_cache.go).
 */
export function eventRecorder(api: Api) {
  const eventsOf = new Map<string, ObjectEvents>();

  /** `component` is the sender in the column From of `kubectl describe`. */
  function record(component: string, about: KubeObject, type: EventType, reason: string, message: string): void {
    const now = api.now();
    const kind = `${component}\n${type}\n${reason}`;
    const isCombined = combines(known(about), kind, message, now);
    if (!mayWrite(known(about), component, now)) return;
    const time = timestamp(now);
    const text = isCombined ? `(combined from similar events): ${message}` : message;
    const again = (count: number) => ({ count, lastTimestamp: time, message: text });
    const fields = { type, reason, source: { component }, firstTimestamp: time, reportingComponent: component };
    write(about, isCombined ? kind : `${kind}\n${message}`, again, { ...fields, ...again(1) });
  }

  /**
   * Writes an Event as the scheduler does, with the newer recorder (tools/events): it sets eventTime, action and
   * reportingComponent, and neither source, count, first nor last time.
   */
  function recordAction(about: KubeObject, type: EventType, reason: string, action: string, message: string): void {
    const eventTime = microTimestamp(api.now());
    const again = (count: number) => ({ series: { count, lastObservedTime: eventTime } });
    const reporting = { reportingComponent: scheduler, reportingInstance: `${scheduler}-embedded` };
    const fields = { type, reason, action, message, eventTime, ...reporting };
    write(about, `action\n${type}\n${reason}\n${message}`, again, fields);
  }

  /** Drops the records of a deleted object. */
  function forget(uid: string): void {
    eventsOf.delete(uid);
  }

  function known({ metadata: { uid } }: KubeObject): ObjectEvents {
    const events = eventsOf.get(uid) ?? { aggregates: new Map(), recorded: new Map(), fullAt: new Map() };
    eventsOf.set(uid, events);
    return events;
  }

  /**
   * Counts in the existing Event unless it has expired. Drops one that is refused, for example in a terminating namespace,
   * as the real recorder does.
   */
  function write(about: KubeObject, key: string, again: (count: number) => object, fields: object): void {
    const { recorded } = known(about);
    const before = recorded.get(key);
    if (before !== undefined && api.get('events', before.namespace, before.name) !== undefined) {
      before.count++;
      api.mergePatch('events', before.namespace, before.name, again(before.count));
      return;
    }
    const involvedObject = referenceTo(about);
    const { namespace = 'default' } = involvedObject;
    // The object's name and the time in nanoseconds (event.go, makeEvent), here with random last digits.
    const nanoseconds = BigInt(api.now()) * 1_000_000n + BigInt(Math.floor(api.random() * 1_000_000));
    const name = `${involvedObject.name}.${nanoseconds.toString(16)}`;
    const identity = { apiVersion: 'v1', kind: 'Event', metadata: { namespace, name } };
    try {
      api.create('events', { ...identity, involvedObject, ...fields });
      recorded.set(key, { namespace, name, count: 1 });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
    }
  }

  return { record, recordAction, forget };
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
