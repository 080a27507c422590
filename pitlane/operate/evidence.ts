import type { Connection } from '../cluster/connection.ts';
import { type ClusterError, describePermission, Forbidden, NotFound, Rejected, Stopped } from '../cluster/errors.ts';
import { type EvidenceLimits, type PodEvidence, readEvidence } from '../cluster/evidence.ts';
import type { JsonPod } from '../cluster/json.ts';
import { limited } from '../cluster/limited.ts';
import type { LogSource } from '../cluster/logs.ts';
import type { Patience } from '../cluster/retry.ts';
import type { Around } from '../cluster/surroundings.ts';
import type { ServiceConfig } from '../config/config.ts';
import { composeEvidence, MAX_BYTES_PER_LOG } from '../evidence/compose.ts';
import type { Evidence, EvidenceLog } from '../evidence/evidence.ts';
import { memberLabels } from '../rotation/membership.ts';
import type { EventReport, Surroundings } from '../rotation/pod-report.ts';
import { ifSeen, type Pod, type PodRef, type Seen, type Snapshot } from '../rotation/snapshot.ts';
import { type Attempt, emit } from './attempt.ts';
import type { OpenService } from './house.ts';
import { whyNoLog } from './logs.ts';
import type { NotUnderstood } from './outcome.ts';
import { entryIn } from './own-entry.ts';
import { notUnderstood } from './problems.ts';

/** An incident has no more time. */
const MOST_MS = 10_000;
/** Lines of each log. */
const TAIL = 500;
/** Read but not kept: a secret that is cut in two at the end can't be recognised, and is in this part. */
const MARGIN_BYTES = 64 * 1024;

export async function evidence(
  { house, connection, service }: OpenService,
  snapshot: Snapshot,
  pod: Pod,
  sinceSeconds?: number,
): Promise<Evidence | NotUnderstood> {
  const { now } = house;
  const of = { ...service, members: memberLabels(snapshot.service, snapshot.policy) };
  try {
    return await takeEvidence(connection, of, pod, { deadline: now() + MOST_MS, now, sinceSeconds });
  } catch (error) {
    if (error instanceof NotFound) return notUnderstood('PodGone', `${pod.name} is gone.`);
    throw error;
  }
}

/**
 * Takes and keeps the evidence of the pod, once for each operation. Returns the reason if it could not be kept. Never
 * rejects.
 */
export function keepEvidence(attempt: Attempt, pod: PodRef, known?: JsonPod): Promise<string | undefined> {
  const begun = attempt.evidence.get(pod.uid);
  if (begun !== undefined) return begun;
  const taking = take(attempt, pod, known).catch((error: unknown) =>
    error instanceof Error ? error.message : String(error),
  );
  attempt.evidence.set(pod.uid, taking);
  return taking;
}

export function keepEvidenceOf(attempt: Attempt, pods: readonly PodRef[]): Promise<readonly (string | undefined)[]> {
  return limited(pods, (pod) => keepEvidence(attempt, pod));
}

/** Waits for all evidence. Returns the reasons why some could not be kept, by the pod's uid. */
export async function evidenceKept({ evidence }: Attempt): Promise<Map<string, string>> {
  const taken = await Promise.all([...evidence].map(async ([uid, taking]) => [uid, await taking] as const));
  return new Map(taken.flatMap(([uid, why]) => (why === undefined ? [] : [[uid, why]])));
}

async function take(attempt: Attempt, pod: PodRef, known: JsonPod | undefined): Promise<undefined> {
  const { house, connection, sharedConnection, lists, service, members, door, ownEntry } = attempt;
  if (entryIn(attempt)?.evidence?.includes(pod.uid)) return;
  const { deadline } = door;
  const note = ({ logs }: PodEvidence) =>
    attempt.lastLines.set(pod.uid, { readAt: house.now(), times: lastTimesIn(logs) });
  const taking = { deadline, now: house.now, known, plainConnection: lists.through(sharedConnection), note };
  const evidence = await takeEvidence(connection, { ...service, members }, pod, taking);
  if (door.reporter?.keep !== undefined) {
    await door.reporter.keep(evidence);
    ownEntry.evidence.add(pod.uid);
  }
  emit(attempt, { kind: 'evidence', evidence });
}

interface Taking
  extends Pick<Patience, 'deadline' | 'now'>,
    Pick<EvidenceLimits, 'sinceSeconds' | 'plainConnection' | 'known'> {
  /** Called with what was read. */
  readonly note?: (traces: PodEvidence) => void;
}

/**
 * Reads the pod's logs, description and events, and what is around it, for at most 10 s. Parts that are missing by then, or
 * by the deadline, are notes. Rejects with ClusterError if the pod itself can't be read.
 */
export async function takeEvidence(
  connection: Connection,
  { key, namespace, service, members }: Pick<ServiceConfig, 'key' | 'namespace' | 'service'> & Pick<Around, 'members'>,
  pod: PodRef,
  { deadline, now, note, ...limits }: Taking,
): Promise<Evidence> {
  const traces = await readEvidence(connection, { namespace, service, members }, pod, {
    ...limits,
    tail: TAIL,
    bytesPerLog: MAX_BYTES_PER_LOG + MARGIN_BYTES,
    signal: AbortSignal.timeout(Math.max(0, Math.min(MOST_MS, deadline - now()))),
  });
  note?.(traces);
  return composeEvidence({
    service: { key, namespace },
    at: now(),
    sinceSeconds: limits.sinceSeconds,
    report: traces.report,
    events: eventsSince(ifSeen(traces.events) ?? [], limits.sinceSeconds, now()),
    logs: logsIn(traces),
    around: traces.around,
    notes: notesOn(traces),
  });
}

/** Those that happened within so many seconds. */
export function eventsSince(
  events: readonly EventReport[],
  seconds: number | undefined,
  now: number,
): readonly EventReport[] {
  return seconds === undefined ? events : events.filter(({ at }) => at >= now - seconds * 1000);
}

function logsIn({ logs }: PodEvidence): readonly EvidenceLog[] {
  return logs.flatMap((read) => {
    if (!('log' in read)) return [];
    const { source, log } = read;
    const { container, previous } = source;
    return [{ container, previous, text: log.text, times: log.times ?? [], isCut: log.isCut }];
  });
}

/** When each container wrote its last line, of the logs that were read to their end. */
function lastTimesIn(logs: PodEvidence['logs']): ReadonlyMap<string, number> {
  const current = logs.filter(({ source }) => !source.previous);
  const known = current.flatMap((read) => {
    const at = 'log' in read && read.log.interruptedBy === undefined ? read.log.times?.at(-1) : undefined;
    return at === undefined ? [] : [[read.source.container, at] as const];
  });
  return new Map(known);
}

function notesOn({ report, events, logs, around }: PodEvidence): readonly string[] {
  const notes = logs.flatMap((read) => {
    if ('error' in read) return whyMissing(read.source, read.error);
    return read.log.interruptedBy === undefined
      ? []
      : `${nameOf(read.source)} was interrupted: its newest lines are missing.`;
  });
  const eventNotes = events.kind === 'seen' ? [] : [`The events could not be read. ${events.why}`];
  const nodeNotes = report.pod.nodeName ? [] : ['The pod is on no node yet, so there are no logs.'];
  return [...new Set([...nodeNotes, ...eventNotes, ...notes, ...notesAround(around)])];
}

function notesAround({ siblings, rollout, usage, node }: Surroundings): readonly string[] {
  const missing = (what: string, seen: Seen<unknown> | undefined) =>
    seen?.kind === 'notSeen' ? [`${what}. ${seen.why}`] : [];
  const others = ifSeen(siblings);
  return [
    ...missing('The list of the other pods is unknown', siblings),
    ...missing('The last rollout is unknown', rollout),
    ...missing('CPU and memory are unknown', usage),
    ...missing('The state of the node is unknown', node),
    ...(others?.isComplete === false ? [`The pod is compared with ${others.pods.length} others; there are more.`] : []),
  ];
}

function whyMissing(source: LogSource, error: ClusterError): string {
  if (error instanceof Forbidden) {
    return `The logs could not be read. Pitlane is not allowed to ${describePermission(error.missing)}.`;
  }
  if (error instanceof Rejected || error instanceof NotFound) return whyNoLog(source, error);
  return error instanceof Stopped
    ? `${nameOf(source)} was not read in time.`
    : `${nameOf(source)} could not be read. ${error.message}`;
}

function nameOf({ container, previous }: LogSource): string {
  return previous ? `The log of container ${container} before its restart` : `The log of container ${container}`;
}
