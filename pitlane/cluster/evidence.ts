import type { EventReport, PodReport } from '../rotation/pod-report.ts';
import type { PodRef, Seen } from '../rotation/snapshot.ts';
import type { Connection } from './connection.ts';
import { type CallSite, ClusterError, NotFound, Stopped } from './errors.ts';
import { containersOf, podReport, readEvents } from './inspect.ts';
import type { JsonPod } from './json.ts';
import { type LogEnd, type LogSource, readLogEnd } from './logs.ts';
import { EVENTS, PODS } from './resource.ts';
import { tolerateErrors } from './tolerate.ts';

/** Everything that could be read about one pod. */
export interface PodEvidence {
  readonly report: PodReport;
  readonly events: Seen<readonly EventReport[]>;
  readonly logs: readonly (
    | { readonly source: LogSource; readonly log: LogEnd }
    | { readonly source: LogSource; readonly error: ClusterError }
  )[];
}

export interface EvidenceLimits {
  /** Lines from the end of each log. */
  readonly tail: number;
  /** The approximate number of bytes from the end of each log. */
  readonly bytesPerLog: number;
  /** Ends the reading; what is still missing then is left out. */
  readonly signal: AbortSignal;
}

/** Fits 500 lines: a log line has at most 16 KiB (CRI). */
const MAX_BYTES_READ = 8 * 1024 * 1024;

/** Reads the pod, its events and the logs of all its containers. Throws ClusterError if the pod itself can't be read. */
export async function readEvidence(
  connection: Connection,
  namespace: string,
  ref: PodRef,
  { tail, bytesPerLog, signal }: EvidenceLimits,
): Promise<PodEvidence> {
  const limited = withSignal(connection, signal);
  const eventsSite: CallSite = { verb: 'list', place: { resource: EVENTS, namespace } };
  const events = tolerateErrors(untilAborted(eventsSite, readEvents(limited, namespace, ref.uid), signal));
  // If reading the pod throws first, nothing awaits the events.
  events.catch(() => undefined);
  const podSite: CallSite = { verb: 'get', place: { resource: PODS, namespace, name: ref.name } };
  const pod = await untilAborted(podSite, readPod(limited, podSite, ref), signal);
  const logs = logSourcesOf(pod, namespace, tail).map(async (source) => {
    try {
      const bounds = { maxBytes: bytesPerLog, maxBytesRead: MAX_BYTES_READ, signal };
      return { source, log: await readLogEnd(connection, source, bounds) };
    } catch (error) {
      if (error instanceof ClusterError) return { source, error };
      throw error;
    }
  });
  return { report: podReport(pod), events: await events, logs: await Promise.all(logs) };
}

async function readPod(connection: Connection, site: CallSite, { uid }: PodRef): Promise<JsonPod> {
  const { body } = await connection.send<JsonPod>(site);
  // Otherwise it is another pod with the same name.
  if (body.metadata.uid === uid) return body;
  throw new NotFound(site, { status: 404 });
}

/** Every container, and the previous run of restarted ones. None for a pod that is not scheduled. */
function logSourcesOf(pod: JsonPod, namespace: string, tail: number): readonly LogSource[] {
  if (!pod.spec.nodeName) return [];
  return containersOf(pod).flatMap(({ container, status }) => {
    const source = { namespace, pod: pod.metadata.name, container: container.name, previous: false, tail };
    const hasRestarted = (status?.restartCount ?? 0) > 0 || status?.lastState?.terminated !== undefined;
    return hasRestarted ? [source, { ...source, previous: true }] : [source];
  });
}

function withSignal(connection: Connection, signal: AbortSignal): Connection {
  return { ...connection, send: (call) => connection.send({ ...call, signal }) };
}

/** Stops waiting at the signal: a connection that retries could wait longer. */
async function untilAborted<T>(site: CallSite, work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const stop = () => reject(new Stopped(site, {}));
  signal.addEventListener('abort', stop);
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
