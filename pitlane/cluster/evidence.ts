import type { EventReport } from '../rotation/pod-report.ts';
import type { PodRef, Seen } from '../rotation/snapshot.ts';
import type { Connection } from './connection.ts';
import { ClusterError, NotFound, Stopped } from './errors.ts';
import { readEvents } from './inspect.ts';
import type { JsonContainer, JsonContainerStatus, JsonPod } from './json.ts';
import { type LogEnd, type LogSource, readLogEnd } from './logs.ts';
import { PODS } from './resource.ts';
import { tolerateErrors } from './tolerate.ts';

/** A pod with the parts that only evidence reads. */
export interface EvidencePod extends JsonPod {
  readonly spec: JsonPod['spec'] & { readonly ephemeralContainers?: readonly JsonContainer[] };
  readonly status?: NonNullable<JsonPod['status']> & {
    readonly podIP?: string;
    readonly initContainerStatuses?: readonly EvidenceContainerStatus[];
    readonly containerStatuses?: readonly EvidenceContainerStatus[];
    readonly ephemeralContainerStatuses?: readonly EvidenceContainerStatus[];
  };
}

export interface EvidenceContainerStatus extends JsonContainerStatus {
  /** The image with its digest, as the container runtime resolved it. */
  readonly imageID?: string;
  readonly state?: JsonContainerStatus['state'] & {
    readonly running?: { readonly startedAt?: string | null };
    readonly waiting?: { readonly message?: string };
  };
}

/** What the cluster knows of one pod, as far as it was to be had. */
export interface PodEvidence {
  readonly pod: EvidencePod;
  readonly events: Seen<readonly EventReport[]>;
  readonly logs: readonly (
    | { readonly source: LogSource; readonly log: LogEnd }
    | { readonly source: LogSource; readonly error: ClusterError }
  )[];
}

export interface EvidenceLimits {
  /** Of each log, lines from the end. */
  readonly tail: number;
  /** Of each log, about so many bytes from the end. */
  readonly bytesPerLog: number;
  /** What has not come by then is left out. */
  readonly signal: AbortSignal;
}

/** A container's log line has at most 16 KiB (CRI), so 500 lines fit. */
const MOST_BYTES_READ = 8 * 1024 * 1024;

/** The pod, its events and the logs of all its containers. Rejects with ClusterError when the pod itself can't be read. */
export async function readEvidence(
  connection: Connection,
  namespace: string,
  ref: PodRef,
  { tail, bytesPerLog, signal }: EvidenceLimits,
): Promise<PodEvidence> {
  const hurried = withSignal(connection, signal);
  const events = tolerateErrors(inTime(readEvents(hurried, namespace, ref.uid), ref, namespace, signal));
  // Where the pod can't be read, nobody waits for its events.
  events.catch(() => undefined);
  const pod = await inTime(readPod(hurried, namespace, ref), ref, namespace, signal);
  const logs = sourcesOf(pod, namespace, tail).map(async (source) => {
    try {
      const bounds = { mostBytes: bytesPerLog, mostBytesRead: MOST_BYTES_READ, signal };
      return { source, log: await readLogEnd(connection, source, bounds) };
    } catch (error) {
      if (error instanceof ClusterError) return { source, error };
      throw error;
    }
  });
  return { pod, events: await events, logs: await Promise.all(logs) };
}

async function readPod(connection: Connection, namespace: string, { name, uid }: PodRef): Promise<EvidencePod> {
  const site = { verb: 'get', place: { resource: PODS, namespace, name } } as const;
  const { body } = await connection.send<EvidencePod>(site);
  if (body.metadata.uid !== uid) {
    // Another pod of that name is not the one that was meant.
    throw new NotFound(site, { status: 404 });
  }
  return body;
}

/** Every container, and the run before it of those that have started again. None of a pod that is on no node yet. */
function sourcesOf({ metadata, spec, status }: EvidencePod, namespace: string, tail: number): readonly LogSource[] {
  if (!spec.nodeName) return [];
  const containers = [...(spec.initContainers ?? []), ...spec.containers, ...(spec.ephemeralContainers ?? [])];
  const statuses = [
    ...(status?.initContainerStatuses ?? []),
    ...(status?.containerStatuses ?? []),
    ...(status?.ephemeralContainerStatuses ?? []),
  ];
  return containers.flatMap(({ name }) => {
    const source = { namespace, pod: metadata.name, container: name, previous: false, tail };
    const seen = statuses.find((one) => one.name === name);
    const isAgain = (seen?.restartCount ?? 0) > 0 || seen?.lastState?.terminated !== undefined;
    return isAgain ? [source, { ...source, previous: true }] : [source];
  });
}

function withSignal(connection: Connection, signal: AbortSignal): Connection {
  return { ...connection, send: (call) => connection.send({ ...call, signal }) };
}

/** A connection that tries again may wait longer than there is time. */
async function inTime<T>(work: Promise<T>, { name }: PodRef, namespace: string, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const stop = () => reject(new Stopped({ verb: 'get', place: { resource: PODS, namespace, name } }, {}));
  signal.addEventListener('abort', stop);
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
