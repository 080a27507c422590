import { createHash } from 'node:crypto';
import type { ObjectRef } from '../rotation/snapshot.ts';
import type { Connection } from './connection.ts';
import { CannotConnect, ClusterError, Conflict } from './errors.ts';
import { apiVersionOf, knownResource, NEW_EVENTS } from './resource.ts';

/** Something that pitlane did, for `kubectl describe` and `kubectl events`. */
export interface NewEvent {
  readonly namespace: string;
  readonly regarding: ObjectRef;
  readonly related?: ObjectRef;
  /** PascalCase: `Drained`. */
  readonly reason: string;
  /** What was done to bring it about: `drain`. */
  readonly action: string;
  readonly note: string;
  readonly at: number;
  /** The operation's id. */
  readonly id: string;
}

/** events.k8s.io/v1 takes no longer note; what it calls characters are bytes (core/validation/events.go, `len`). */
const LONGEST_NOTE_BYTES = 1024;
const TIMEOUT_MS = 5_000;

/**
 * Writes Kubernetes Events, as well as it goes: they are a recordEvents for people, and no reason to call a change failed.
 * Returns why the first of them could not be written; undefined when all were.
 */
export async function recordEvents(
  connection: Connection,
  happenings: readonly NewEvent[],
): Promise<string | undefined> {
  const problems = await Promise.all(happenings.map((happening) => write(connection, happening)));
  return problems.find((problem) => problem !== undefined);
}

async function write(connection: Connection, happening: NewEvent): Promise<string | undefined> {
  const { namespace, regarding, related, reason, action, note, at, id } = happening;
  const body = {
    apiVersion: apiVersionOf(NEW_EVENTS),
    kind: NEW_EVENTS.kind,
    metadata: { name: nameOf(happening), namespace },
    eventTime: new Date(at).toISOString().replace('Z', '000Z'),
    type: 'Normal',
    reason,
    action,
    note: cut(note),
    regarding: referenceTo(regarding, namespace),
    ...(related === undefined ? {} : { related: referenceTo(related, namespace) }),
    reportingController: 'pitlane.dev/pitlane',
    reportingInstance: `pitlane-${id}`,
  };
  try {
    // A signal of its own: what was done is recorded even when the operation was told to stop right after.
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    await connection.send({ verb: 'create', place: { resource: NEW_EVENTS, namespace }, body, signal });
    return undefined;
  } catch (error) {
    if (error instanceof Conflict) {
      // It was written before, by a request whose answer was lost.
      return undefined;
    }
    if (error instanceof ClusterError || error instanceof CannotConnect) return error.message;
    throw error;
  }
}

function cut(note: string): string {
  const bytes = Buffer.from(note);
  // What is left of a character that was cut in two decodes to U+FFFD.
  return bytes.length <= LONGEST_NOTE_BYTES
    ? note
    : bytes.toString('utf8', 0, LONGEST_NOTE_BYTES).replace(/\uFFFD$/, '');
}

/** The same for the same happening, so that one which is written twice is one. */
function nameOf({ regarding, reason, note, id }: NewEvent): string {
  const hash = createHash('sha256').update(`${regarding.uid} ${reason} ${note} ${id}`).digest('hex').slice(0, 16);
  return `${regarding.name.slice(0, 200)}.${hash}`;
}

function referenceTo({ kind, name, uid, apiVersion }: ObjectRef, namespace: string) {
  const resource = knownResource(kind);
  return { apiVersion: apiVersion ?? (resource && apiVersionOf(resource)) ?? 'v1', kind, name, uid, namespace };
}
