import { createHash } from 'node:crypto';
import type { ObjectRef } from '../rotation/snapshot.ts';
import type { Connection } from './connection.ts';
import { CannotConnect, ClusterError, Conflict } from './errors.ts';
import { microTime } from './metadata.ts';
import { apiVersionOf, knownResource, NEW_EVENTS, PODS } from './resource.ts';

/** A Kubernetes Event about something that Pitlane did, for `kubectl describe` and `kubectl events`. */
export interface NewEvent {
  readonly namespace: string;
  readonly regarding: ObjectRef;
  readonly related?: ObjectRef;
  /** PascalCase: `Drained`. */
  readonly reason: string;
  /** The command that caused it: `drain`. */
  readonly action: string;
  readonly note: string;
  readonly at: number;
  /** The operation's id. */
  readonly id: string;
}

/** The limit of events.k8s.io/v1: it says characters but counts bytes (core/validation/events.go, `len`). */
const MAX_NOTE_BYTES = 1024;
const TIMEOUT_MS = 5_000;

/**
 * Writes Kubernetes Events, best effort: a change does not fail because of a missing Event. Returns the error of the
 * first one that could not be written, if any.
 */
export async function recordEvents(connection: Connection, events: readonly NewEvent[]): Promise<string | undefined> {
  const errors = await Promise.all(events.map((event) => write(connection, event)));
  return errors.find((error) => error !== undefined);
}

async function write(connection: Connection, event: NewEvent): Promise<string | undefined> {
  const { namespace, regarding, related, reason, action, note, at, id } = event;
  const body = {
    apiVersion: apiVersionOf(NEW_EVENTS),
    kind: NEW_EVENTS.kind,
    metadata: { name: nameOf(event), namespace },
    eventTime: microTime(at),
    type: 'Normal',
    reason,
    action,
    note: shorten(note),
    regarding: referenceTo(regarding, namespace),
    related: related && referenceTo(related, namespace),
    reportingController: 'pitlane.dev/pitlane',
    reportingInstance: `pitlane-${id}`,
  };
  try {
    // Uses its own signal: the Event is written even if the operation was aborted.
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    await connection.send({ verb: 'create', place: { resource: NEW_EVENTS, namespace }, body, signal });
    return undefined;
  } catch (error) {
    // An earlier request wrote it although its answer was lost.
    if (error instanceof Conflict) return undefined;
    if (error instanceof ClusterError || error instanceof CannotConnect) return error.message;
    throw error;
  }
}

function shorten(note: string): string {
  const bytes = Buffer.from(note);
  // A character that was cut in half decodes to U+FFFD.
  return bytes.length <= MAX_NOTE_BYTES ? note : bytes.toString('utf8', 0, MAX_NOTE_BYTES).replace(/\uFFFD$/, '');
}

/** Deterministic, so that a retry does not write the Event twice. */
function nameOf({ regarding, reason, note, id }: NewEvent): string {
  const hash = createHash('sha256').update(`${regarding.uid} ${reason} ${note} ${id}`).digest('hex').slice(0, 16);
  return `${regarding.name.slice(0, 200)}.${hash}`;
}

function referenceTo(ref: ObjectRef, namespace: string) {
  const { kind, name, uid, apiVersion = apiVersionOf(knownResource(ref) ?? PODS) } = ref;
  return { apiVersion, kind, name, uid, namespace };
}
