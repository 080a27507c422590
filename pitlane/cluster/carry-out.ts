import type { CreateWrite, PatchOperation, PatchWrite, Write } from '../rotation/plan.ts';
import type { Difference, Trial } from '../rotation/snapshot.ts';
import { differencesOf, touchesOf } from '../rotation/trial.ts';
import { refusalOfAdmission } from './admission.ts';
import type { Call, Connection } from './connection.ts';
import { ClusterError, Conflict, NotFound, Stopped, TooManyRequests, Unavailable } from './errors.ts';
import { isRecord, type KubeObject } from './json.ts';
import { collectionOf, type Place, writtenResource } from './resource.ts';
import { type Patience, retryDelayMs, sleepInTime, withPatience } from './retry.ts';
import { ignoreNotFound } from './tolerate.ts';

/** The object of an answer that admission has made different from what the write asks for. */
export interface Unlike {
  readonly object: KubeObject;
  readonly differences: readonly Difference[];
}

/** How a write ended. Other errors are thrown. */
export type WriteResult =
  | {
      readonly kind: 'written';
      readonly warnings: readonly string[];
      /** As the API server stored it. Absent: the answer was lost. */
      readonly object?: KubeObject;
      /** Absent: it was done as asked for. */
      readonly unlike?: Unlike;
    }
  /** The object is not as the plan saw it, or gone: observe and plan again. */
  | { readonly kind: 'changedMeanwhile'; readonly why: string }
  /** Neither the write nor the read after it got an answer. */
  | { readonly kind: 'unknown'; readonly why: string };

/** Limits a write to the time of its lease, after which another process may write. */
export interface WriteTime {
  /** Milliseconds that a request may take. Throws if no time is left. */
  remainingMs(): Promise<number>;
}

/**
 * Carries out a write. A write without an answer may have been applied, so the object is read before it is written again.
 * If the first write arrives late, the tests of the patch or the preconditions of the deletion make the second one fail,
 * and the object shows the first one.
 */
export async function carryOut(
  connection: Connection,
  write: Write,
  patience: Patience,
  time: WriteTime,
): Promise<WriteResult> {
  const place = placeOf(write);
  /** The object may be there already, or an attempt without an answer may be applied late. */
  let mayBeApplied = write.kind === 'create';
  for (let attempt = 1; ; attempt += 1) {
    try {
      const timeoutMs = await time.remainingMs();
      if (patience.signal?.aborted) throw new Stopped({ verb: write.kind, place }, {});
      const call = { ...callOf(write, place), timeoutMs, signal: untilAnswered() };
      const { warnings, body } = await connection.send<KubeObject>(call);
      const differences = differencesOf(write, body.metadata ?? {});
      const written = { kind: 'written', warnings, object: body } as const;
      return { ...written, ...(differences.length > 0 && { unlike: { object: body, differences } }) };
    } catch (error) {
      if (error instanceof Conflict || error instanceof NotFound) {
        // A proxy may answer for the API server, so a deletion without an object is looked at too.
        const isGone = write.kind === 'delete' && error instanceof NotFound;
        const isOurs = (mayBeApplied || isGone) && (await resultOf(connection, place, write, patience)) === 'applied';
        return isOurs ? { kind: 'written', warnings: [] } : { kind: 'changedMeanwhile', why: error.message };
      }
      if (!(error instanceof Unavailable || error instanceof TooManyRequests)) throw error;
      mayBeApplied ||= error instanceof Unavailable;
      const result = error instanceof Unavailable ? await resultOf(connection, place, write, patience) : undefined;
      if (result === 'applied') return { kind: 'written', warnings: [] };
      if (result === 'unknown') return { kind: 'unknown', why: error.message };
      const wait = retryDelayMs(attempt, error);
      const next = `Nothing was changed; attempt ${attempt + 1} follows.`;
      if (!(await sleepInTime(patience, wait, error.message, next))) throw error;
    }
  }
}

/** What a dry run of a write says. */
export interface Tried {
  readonly trial: Trial;
  /** The answer in a sentence. */
  readonly text: string;
}

/**
 * Asks the API server, its admission plugins and webhooks about a write with a dry run. Undefined: a webhook can't answer
 * dry runs, so only the write itself can tell.
 */
export async function tryOut(connection: Connection, write: Write): Promise<Tried | undefined> {
  const place = placeOf(write);
  const trial = { uid: write.target.uid, touches: touchesOf(write) };
  try {
    const { warnings, body } = await connection.send<KubeObject>(trialOf(callOf(write, place)));
    const text = `Accepted: ${write.title}.${warnings.map((warning) => ` Warning: ${warning}`).join('')}`;
    return { trial: { ...trial, unlike: differencesOf(write, body.metadata ?? {}) }, text };
  } catch (error) {
    const rejected = refusalOfAdmission(error);
    if (rejected === undefined) throw error;
    if (NO_DRY_RUN.test(rejected)) return undefined;
    return { trial: { ...trial, rejected, unlike: [] }, text: `Rejected: ${write.title}. Reason: ${rejected}.` };
  }
}

/** apiserver, admission/plugin/webhook/errors NewDryRunUnsupportedErr. */
const NO_DRY_RUN = /does not support dry run/;

/**
 * Takes back a write that admission has changed on its way: everything that it wrote, and nothing else. False: the object
 * has changed since, or there was no answer, so it is not known to be as before.
 */
export async function takeBack(
  connection: Connection,
  write: PatchWrite,
  object: KubeObject,
  time: WriteTime,
): Promise<boolean> {
  const place = placeOf(write);
  const open = write.inverse.filter((undo) => {
    if (undo.op === 'test') return false;
    const found = at(object, undo.path);
    return undo.op === 'remove' ? found !== undefined : !isEqual(found, undo.value);
  });
  const tests = open.map(({ path }) => ({ op: 'test', path, value: at(object, path) ?? null }));
  const body = [{ op: 'test', path: '/metadata/uid', value: object.metadata.uid }, ...tests, ...open];
  try {
    await connection.send({ verb: 'patch', place, body, timeoutMs: await time.remainingMs(), signal: untilAnswered() });
    return true;
  } catch (error) {
    if (error instanceof ClusterError) return false;
    throw error;
  }
}

function callOf(write: Write, place: Place): Call {
  if (write.kind === 'patch') return { verb: 'patch', place, body: write.patch };
  if (write.kind === 'create')
    return { verb: 'create', place: collectionOf(place), body: write.object, query: { fieldValidation: 'Strict' } };
  const preconditions = {
    uid: write.target.uid,
    ...(write.version !== undefined && { resourceVersion: write.version }),
  };
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

function placeOf(write: Write): Place {
  const { target } = write;
  const resource = writtenResource(target);
  if (resource === undefined)
    throw new Error(`Pitlane does not write to objects of the kind ${target.kind} (${target.apiVersion}).`);
  const place = { resource, namespace: target.namespace, name: target.name };
  return write.kind === 'patch' && write.subresource !== undefined
    ? { ...place, subresource: write.subresource }
    : place;
}

/** Keeps the operation's own signal from aborting a write that was sent: it may be applied, and must be reported. */
function untilAnswered(): AbortSignal {
  return new AbortController().signal;
}

/** Reads the object of a write without an answer to find out if the write was applied. */
async function resultOf(
  connection: Connection,
  place: Place,
  write: Write,
  patience: Patience,
): Promise<'applied' | 'notApplied' | 'unknown'> {
  const read = () =>
    ignoreNotFound(
      connection.send<KubeObject>({
        verb: 'get',
        place: { ...place, subresource: undefined },
        signal: untilAnswered(),
      }),
    );
  try {
    const answer = await withPatience(patience, read);
    return isApplied(answer?.body, write) ? 'applied' : 'notApplied';
  } catch (error) {
    if (error instanceof ClusterError) return 'unknown';
    throw error;
  }
}

/** True if the object is as the write leaves it. `object`: undefined if it does not exist. */
function isApplied(object: KubeObject | undefined, write: Write): boolean {
  if (write.kind === 'patch') return object !== undefined && looksApplied(object, write.patch);
  if (write.kind === 'create') return object !== undefined && isCreatedBy(object, write);
  const { uid, deletionTimestamp } = object?.metadata ?? {};
  return uid !== write.target.uid || deletionTimestamp !== undefined;
}

/** True if the object has the labels and annotations of the write, which include the operation's id. */
function isCreatedBy({ metadata: { labels, annotations } }: KubeObject, { object }: CreateWrite): boolean {
  const { metadata = {} } = object as { readonly metadata?: Partial<KubeObject['metadata']> };
  return isEqual(labels ?? {}, metadata.labels ?? {}) && isEqual(annotations ?? {}, metadata.annotations ?? {});
}

/** True if the object has everything that the patch adds, such as the mark with the operation's id, and nothing that it removes. */
function looksApplied(object: KubeObject, patch: readonly PatchOperation[]): boolean {
  const uid = patch.find(({ path }) => path === '/metadata/uid');
  if (uid?.op === 'test' && uid.value !== object.metadata.uid) return false;
  const writes = patch.filter(({ op }) => op !== 'test');
  return writes.every((write, index) => {
    // A later write below the same path decides.
    const isRefined = writes
      .slice(index + 1)
      .some(({ path }) => path === write.path || path.startsWith(`${write.path}/`));
    // What is appended to a list is one of its items.
    const isAppended = write.path.endsWith('/-');
    const found = at(object, isAppended ? write.path.slice(0, -2) : write.path);
    if (isAppended && 'value' in write) return isEqual(found, [write.value]);
    return isRefined || (write.op === 'remove' ? found === undefined : isEqual(found, write.value));
  });
}

/** The value at a JSON Pointer (RFC 6901). */
function at(object: unknown, path: string): unknown {
  return path
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<unknown>((value, key) => (isRecord(value) && Object.hasOwn(value, key) ? value[key] : undefined), object);
}

/** True if `found` has everything in `wanted`. A webhook may add keys to a map that the patch sets as a whole. */
function isEqual(found: unknown, wanted: unknown): boolean {
  if (Array.isArray(wanted))
    return Array.isArray(found) && wanted.every((item) => found.some((each) => isEqual(each, item)));
  return isRecord(wanted)
    ? isRecord(found) && Object.entries(wanted).every(([key, value]) => isEqual(found[key], value))
    : found === wanted;
}
