import type { CreateWrite, PatchOperation, Write } from '../rotation/plan.ts';
import type { Call, Connection } from './connection.ts';
import { ClusterError, Conflict, NotFound, Rejected, Stopped, TooManyRequests, Unavailable } from './errors.ts';
import type { KubeObject } from './json.ts';
import { knownResource, type Place } from './resource.ts';
import { type Patience, retryDelayMs, withPatience } from './retry.ts';
import { ignoreNotFound } from './tolerate.ts';

/** How a write went. What can't be helped is thrown. */
export type WriteResult =
  | { readonly kind: 'written'; readonly warnings: readonly string[] }
  /** The object is not as the plan saw it, or gone: observe and plan again. */
  | { readonly kind: 'changedMeanwhile'; readonly why: string }
  /** The write got no answer, and neither did the look at what became of it. */
  | { readonly kind: 'unknown'; readonly why: string };

/** The time that a write has left, where somebody else may write after it: its lease. Throws when it is over. */
export interface WriteTime {
  /** Milliseconds that a request may take. */
  remainingMs(): Promise<number>;
}

/**
 * Carries a write out. One that got no answer may have been applied, so the object is looked at before it is written
 * again; and should the first write arrive late after all, the patch's own tests, or the preconditions of the deletion,
 * make the second one fail.
 */
export async function carryOut(
  connection: Connection,
  write: Write,
  patience: Patience,
  time: WriteTime,
): Promise<WriteResult> {
  const place = placeOf(write);
  for (let attempt = 1; ; attempt += 1) {
    try {
      const timeoutMs = await time.remainingMs();
      if (patience.signal?.aborted) throw new Stopped({ verb: write.kind, place }, {});
      const { warnings } = await connection.send({ ...callOf(write, place), timeoutMs, signal: untilAnswered() });
      return { kind: 'written', warnings };
    } catch (error) {
      if (write.kind === 'delete' && error instanceof NotFound) return { kind: 'written', warnings: [] };
      if (error instanceof Conflict || error instanceof NotFound) {
        const isOurs = write.kind === 'create' && (await whatBecame(connection, place, write, patience)) === 'applied';
        return isOurs ? { kind: 'written', warnings: [] } : { kind: 'changedMeanwhile', why: error.message };
      }
      if (!(error instanceof Unavailable || error instanceof TooManyRequests)) throw error;
      const became = error instanceof Unavailable ? await whatBecame(connection, place, write, patience) : undefined;
      if (became === 'applied') return { kind: 'written', warnings: [] };
      if (became === 'unknown') return { kind: 'unknown', why: error.message };
      const wait = retryDelayMs(attempt, error);
      if (patience.now() + wait >= patience.deadline || patience.signal?.aborted) throw error;
      patience.report?.(error.message, `Nothing was changed; attempt ${attempt + 1} follows.`);
      await patience.sleep(wait, patience.signal);
    }
  }
}

/** What the API server, its admission plugins and webhooks say to a write, without anything being stored. */
export async function tryOut(connection: Connection, write: Write): Promise<string> {
  const place = placeOf(write);
  try {
    const { warnings } = await connection.send(trialOf(callOf(write, place)));
    return `The API server would ${write.title}.${warnings.map((warning) => ` It warns: ${warning}`).join('')}`;
  } catch (error) {
    if (error instanceof Rejected) return `The API server would refuse to ${write.title}: ${error.reasons.join('; ')}.`;
    throw error;
  }
}

function callOf(write: Write, place: Place): Call {
  if (write.kind === 'patch') return { verb: 'patch', place, body: write.patch };
  if (write.kind === 'create') return { verb: 'create', place: collectionOf(place), body: write.object };
  const preconditions = { uid: write.target.uid, resourceVersion: write.version };
  return { verb: 'delete', place, body: { apiVersion: 'v1', kind: 'DeleteOptions', preconditions } };
}

/**
 * The API server reads the options of a deletion from its body, and then the query not at all: `dryRun=All` there would
 * delete (apiserver, handlers/delete.go DeleteResource).
 */
function trialOf(call: Call): Call {
  return call.verb === 'delete'
    ? { ...call, body: { ...(call.body as object), dryRun: ['All'] } }
    : { ...call, dryRun: true };
}

/** Objects are created in their collection, and looked at by their name. */
function collectionOf({ resource, namespace }: Place): Place {
  return { resource, ...(namespace !== undefined && { namespace }) };
}

function placeOf({ target }: Write): Place {
  const resource = knownResource(target);
  if (resource === undefined)
    throw new Error(`Pitlane does not write to objects of the kind ${target.kind} (${target.apiVersion}).`);
  return { resource, namespace: target.namespace, name: target.name };
}

/** Nobody stops what is on its way: it may be applied, and then has to be told. */
function untilAnswered(): AbortSignal {
  return new AbortController().signal;
}

/** Of a write that got no answer. */
async function whatBecame(
  connection: Connection,
  place: Place,
  write: Write,
  patience: Patience,
): Promise<'applied' | 'notApplied' | 'unknown'> {
  const look = () => ignoreNotFound(connection.send<KubeObject>({ verb: 'get', place, signal: untilAnswered() }));
  try {
    const answer = await withPatience(patience, look);
    return isApplied(answer?.body, write) ? 'applied' : 'notApplied';
  } catch (error) {
    if (error instanceof ClusterError) return 'unknown';
    throw error;
  }
}

/** Whether the object, undefined where there is none any more, is as the write leaves it. */
function isApplied(object: KubeObject | undefined, write: Write): boolean {
  if (write.kind === 'patch') return object !== undefined && looksApplied(object, write.patch);
  if (write.kind === 'create') return object !== undefined && isMadeBy(object, write);
  const { uid, deletionTimestamp } = object?.metadata ?? {};
  return uid !== write.target.uid || deletionTimestamp !== undefined;
}

/** Whether the object carries the labels and annotations that it was to be created with, the operation's id among them. */
function isMadeBy({ metadata: { labels, annotations } }: KubeObject, { object }: CreateWrite): boolean {
  const { metadata = {} } = object as { readonly metadata?: Partial<KubeObject['metadata']> };
  return isEqual(labels ?? {}, metadata.labels ?? {}) && isEqual(annotations ?? {}, metadata.annotations ?? {});
}

/** Whether the object looks as the patch leaves it: what it adds is there, pitlane's mark with the operation's id among it, and what it removes is not. */
function looksApplied(object: KubeObject, patch: readonly PatchOperation[]): boolean {
  const uid = patch.find(({ path }) => path === '/metadata/uid');
  if (uid?.op === 'test' && uid.value !== object.metadata.uid) return false;
  const writes = patch.filter(({ op }) => op !== 'test');
  return writes.every((write, index) => {
    // A later write below the same path says more exactly how it ends there.
    const isRefined = writes
      .slice(index + 1)
      .some(({ path }) => path === write.path || path.startsWith(`${write.path}/`));
    const found = at(object, write.path);
    return isRefined || (write.op === 'remove' ? found === undefined : isEqual(found, write.value));
  });
}

/** What stands at a JSON Pointer (RFC 6901). */
function at(object: unknown, path: string): unknown {
  return path
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<unknown>((value, key) => (isRecord(value) && Object.hasOwn(value, key) ? value[key] : undefined), object);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** The server may add keys to a map that the patch has set as a whole (a webhook's, for one). */
function isEqual(found: unknown, wanted: unknown): boolean {
  return isRecord(wanted)
    ? isRecord(found) && Object.entries(wanted).every(([key, value]) => isEqual(found[key], value))
    : found === wanted;
}
