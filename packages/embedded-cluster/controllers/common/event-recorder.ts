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

/** What has been said about one object. */
class Said {
  readonly aggregates = new Map<string, Aggregate>();
  readonly recorded = new Map<string, Recorded>();
  readonly buckets = new Map<string, Bucket>();
}

/** After so many different messages of one kind about one object they are combined (events_cache.go, defaultAggregateMaxEvents). */
const combinedFrom = 10;
const combinedWithinMs = 600_000;
/** An object gets a burst of 25 events from one component, then one per 5 minutes (EventSourceObjectSpamFilter). */
const burst = 25;
const refillMs = 300_000;

/**
 * Writes core/v1 Events as client-go's recorder does: a repeated event counts up the one that exists, many similar ones
 * are combined, and an object that causes too many is cut off (tools/record/events_cache.go).
 */
export class EventRecorder {
  readonly #api: Api;
  readonly #said = new Map<string, Said>();

  constructor(api: Api) {
    this.#api = api;
  }

  /** `component` is the writer as `kubectl describe` shows it under From. */
  record(component: string, about: KubeObject, type: EventType, reason: string, message: string): void {
    const said = this.#saidAbout(about);
    const now = this.#api.now();
    const kind = `${component}\n${type}\n${reason}`;
    const isCombined = combines(said, kind, message, now);
    const text = isCombined ? `(combined from similar events): ${message}` : message;
    if (!mayWrite(said, component, now)) return;
    const key = isCombined ? kind : `${kind}\n${message}`;
    const known = said.recorded.get(key);
    if (known !== undefined) {
      known.count++;
      if (this.#patch(known, { count: known.count, lastTimestamp: timestamp(now), message: text })) return;
    }
    this.#create(said, key, about, {
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
   * As the scheduler does it: with the newer recorder (tools/events), which fills in eventTime, action and
   * reportingComponent and leaves source, count and the first and last time empty.
   */
  recordAction(
    component: string,
    about: KubeObject,
    type: EventType,
    reason: string,
    action: string,
    note: string,
  ): void {
    const said = this.#saidAbout(about);
    const now = this.#api.now();
    const key = `action\n${component}\n${type}\n${reason}\n${note}`;
    const known = said.recorded.get(key);
    if (known !== undefined) {
      known.count++;
      if (this.#patch(known, { series: { count: known.count, lastObservedTime: microTimestamp(now) } })) return;
    }
    this.#create(said, key, about, {
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

  /** An object is gone: nothing more will be said about it. */
  forget(uid: string): void {
    this.#said.delete(uid);
  }

  #saidAbout({ metadata: { uid } }: KubeObject): Said {
    let said = this.#said.get(uid);
    if (said === undefined) {
      said = new Said();
      this.#said.set(uid, said);
    }
    return said;
  }

  /** False when the event is no longer stored (they are kept for an hour). */
  #patch({ namespace, name }: Recorded, patch: object): boolean {
    if (this.#api.get('events', namespace, name) === undefined) return false;
    this.#api.mergePatch('events', namespace, name, patch);
    return true;
  }

  /** An event that is refused (a namespace that is going away takes none) is lost, as with the real recorder. */
  #create(said: Said, key: string, about: KubeObject, fields: object): void {
    const namespace = about.metadata.namespace ?? 'default';
    // The name is the object's and the nanoseconds of the first time (event.go, makeEvent); ours end in a random part.
    const nanoseconds = BigInt(this.#api.now()) * 1_000_000n + BigInt(Math.floor(this.#api.random() * 1_000_000));
    const name = `${about.metadata.name}.${nanoseconds.toString(16)}`;
    const identity = { apiVersion: 'v1', kind: 'Event', metadata: { namespace, name } };
    try {
      this.#api.create('events', { ...identity, involvedObject: referenceTo(about), ...fields });
      said.recorded.set(key, { namespace, name, count: 1 });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
    }
  }
}

function combines({ aggregates }: Said, kind: string, message: string, now: number): boolean {
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

function mayWrite({ buckets }: Said, component: string, now: number): boolean {
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
