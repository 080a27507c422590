import type { EventReport, PodReport, Surroundings } from '../rotation/pod-report.ts';
import type { PodRef, Seen } from '../rotation/snapshot.ts';
import { untilAborted, withSignal } from './aborted.ts';
import type { Connection } from './connection.ts';
import { type CallSite, ClusterError, NotFound } from './errors.ts';
import { containersOf, podReport, readEvents } from './inspect.ts';
import type { JsonPod } from './json.ts';
import { get } from './list.ts';
import { type LogEnd, type LogSource, readLogEnd } from './logs.ts';
import { EVENTS, PODS } from './resource.ts';
import { type Around, readSurroundings } from './surroundings.ts';
import { tolerateErrors } from './tolerate.ts';

/** Everything that could be read about one pod. */
export interface PodEvidence {
  readonly report: PodReport;
  readonly events: Seen<readonly EventReport[]>;
  readonly around: Surroundings;
  readonly logs: readonly (
    | { readonly source: LogSource; readonly log: LogEnd }
    | { readonly source: LogSource; readonly error: ClusterError }
  )[];
}

export interface EvidenceLimits {
  /** Only what is not older. Absent: of any time. */
  readonly sinceSeconds?: number | undefined;
  /** Without repetitions, for what the evidence can do without. Absent: the other connection. */
  readonly plainConnection?: Connection;
  /** The pod, if it was read just now. */
  readonly known?: JsonPod | undefined;
  /** Lines from the end of each log. */
  readonly tail: number;
  /** The approximate number of bytes from the end of each log. */
  readonly bytesPerLog: number;
  /** Ends the reading; what is still missing then is left out. */
  readonly signal: AbortSignal;
}

/** Fits 500 lines: a log line has at most 16 KiB (CRI). */
const MAX_BYTES_READ = 8 * 1024 * 1024;

/** The details of one pod, without its logs. */
export type PodInspection = Omit<PodEvidence, 'logs'>;

/** Undefined: the pod is gone. */
export async function inspectPod(
  connection: Connection,
  scope: Omit<Around, 'withNode'>,
  { name, uid }: PodRef,
): Promise<PodInspection | undefined> {
  const { namespace } = scope;
  const [json, events] = await Promise.all([
    get<JsonPod>(connection, { resource: PODS, namespace, name }),
    tolerateErrors(readEvents(connection, namespace, uid)),
  ]);
  if (json?.metadata.uid !== uid) return undefined;
  const report = podReport(json);
  return { report, events, around: await readSurroundings(connection, { ...scope, withNode: false }, report) };
}

/**
 * Reads the pod, its events, the logs of all its containers and what is around it. Throws ClusterError if the pod itself
 * can't be read.
 */
export async function readEvidence(
  connection: Connection,
  scope: Omit<Around, 'withNode'>,
  ref: PodRef,
  { tail, bytesPerLog, signal, sinceSeconds, known, plainConnection = connection }: EvidenceLimits,
): Promise<PodEvidence> {
  const { namespace } = scope;
  const limited = withSignal(connection, signal);
  const eventsSite: CallSite = { verb: 'list', place: { resource: EVENTS, namespace } };
  const events = tolerateErrors(untilAborted(eventsSite, readEvents(limited, namespace, ref.uid), signal));
  // If reading the pod or a log throws first, nothing awaits the others.
  events.catch(() => undefined);
  const podSite: CallSite = { verb: 'get', place: { resource: PODS, namespace, name: ref.name } };
  const isKnown = known?.metadata.uid === ref.uid;
  const pod = isKnown ? known : await untilAborted(podSite, readPod(limited, podSite, ref), signal);
  const report = podReport(pod);
  const around = readSurroundings(plainConnection, { ...scope, withNode: true }, report, signal);
  around.catch(() => undefined);
  const logs = logSourcesOf(pod, namespace, tail, sinceSeconds).map(async (source) => {
    try {
      const bounds = { timestamps: true, maxBytes: bytesPerLog, maxBytesRead: MAX_BYTES_READ, signal } as const;
      return { source, log: await readLogEnd(connection, source, bounds) };
    } catch (error) {
      if (error instanceof ClusterError) return { source, error };
      throw error;
    }
  });
  return { report, events: await events, logs: await Promise.all(logs), around: await around };
}

async function readPod(connection: Connection, site: CallSite, { uid }: PodRef): Promise<JsonPod> {
  const { body } = await connection.send<JsonPod>(site);
  // Otherwise it is another pod with the same name.
  if (body.metadata.uid === uid) return body;
  throw new NotFound(site, { status: 404 });
}

/** Every container, and the previous run of restarted ones. None for a pod that is not scheduled. */
function logSourcesOf(
  pod: JsonPod,
  namespace: string,
  tail: number,
  sinceSeconds: number | undefined,
): readonly LogSource[] {
  if (!pod.spec.nodeName) return [];
  return containersOf(pod).flatMap(({ container, status }) => {
    const source = {
      namespace,
      pod: pod.metadata.name,
      container: container.name,
      previous: false,
      tail,
      sinceSeconds,
    };
    const hasRestarted = (status?.restartCount ?? 0) > 0 || status?.lastState?.terminated !== undefined;
    return hasRestarted ? [source, { ...source, previous: true }] : [source];
  });
}
