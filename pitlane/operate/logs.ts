import type { Connection } from '../cluster/connection.ts';
import { type ClusterError, NotFound, Rejected, Stopped } from '../cluster/errors.ts';
import { followLog, type LogSource, readLog } from '../cluster/logs.ts';
import { readPod } from '../cluster/observe.ts';
import { patiently } from '../cluster/retry.ts';
import type { LogsRequest } from '../command/request.ts';
import type { ServiceConfig } from '../config/config.ts';
import { needsOf } from '../operations/table.ts';
import { members } from '../rotation/membership.ts';
import { matches, parseSelector } from '../rotation/selector.ts';
import type { Pod, Snapshot } from '../rotation/snapshot.ts';
import { alternatives } from '../text/words.ts';
import { findPod } from './find-pods.ts';
import { type House, patienceOf, timeToPropose } from './house.ts';
import { surveyed } from './missing.ts';
import type { Choice, Logged, NotUnderstood, Outcome } from './outcome.ts';
import { notUnderstood, orFailed, selectorInvalid } from './problems.ts';

/** Logs of more pods can't be read. */
const MOST_PODS = 10;

export interface LogSources {
  readonly kind: 'sources';
  readonly sources: readonly LogSource[];
  readonly notes: readonly string[];
}

/** The containers of the request. */
export async function sourcesOf(
  connection: Connection,
  snapshot: Snapshot,
  request: LogsRequest,
): Promise<LogSources | Choice | NotUnderstood> {
  const found = await podsOf(connection, snapshot, request);
  if (found.kind !== 'pods') return found;
  const { namespace } = snapshot.service;
  const shown = found.pods.slice(0, MOST_PODS);
  const notes =
    found.pods.length > shown.length
      ? [`${found.pods.length} pods match; these are the first ${shown.length}, the most suspicious first.`]
      : [];
  const whole = await Promise.all(shown.map(({ name }) => readPod(connection, namespace, name)));
  const sources = whole
    .filter((pod) => pod !== undefined)
    .flatMap((pod) =>
      containersOf(pod, request.container).map((container) => ({
        namespace,
        pod: pod.name,
        container,
        previous: request.previous,
        tail: request.tail,
      })),
    );
  if (sources.length === 0) return noContainer(whole, request);
  return { kind: 'sources', sources, notes };
}

async function podsOf(
  connection: Connection,
  snapshot: Snapshot,
  request: LogsRequest,
): Promise<{ readonly kind: 'pods'; readonly pods: readonly Pod[] } | Choice | NotUnderstood> {
  if (request.selector === undefined) {
    const found = await findPod(connection, snapshot, request);
    return found.kind === 'found' ? { kind: 'pods', pods: [found.pod] } : found;
  }
  const parsed = parseSelector(request.selector);
  if (parsed.kind === 'invalid') return selectorInvalid(parsed.message, 'logs');
  const pods = members(snapshot)
    .map(({ pod }) => pod)
    .filter(({ labels }) => matches(parsed.selector, labels));
  return pods.length > 0
    ? { kind: 'pods', pods }
    : notUnderstood('NoPods', `No pod of ${snapshot.service.name} matches ${request.selector}.`, ['list', 'logs']);
}

/** By default the running containers; init containers that have ended only by their name. */
function containersOf(pod: Pod, wanted: string | undefined): readonly string[] {
  const { containers = [], initContainers = [] } = pod.detail ?? {};
  const shown = wanted === undefined ? initContainers.filter(({ isSidecar }) => isSidecar) : initContainers;
  const names = [...containers, ...shown].map(({ name }) => name);
  return wanted === undefined ? names : names.filter((name) => name === wanted);
}

function noContainer(pods: readonly (Pod | undefined)[], request: LogsRequest): NotUnderstood {
  const [pod] = pods.filter((one) => one !== undefined);
  if (pod === undefined) return notUnderstood('PodGone', 'The pod is gone.');
  const names = [...(pod.detail?.containers ?? []), ...(pod.detail?.initContainers ?? [])].map(({ name }) => name);
  return notUnderstood(
    'ContainerUnknown',
    `${pod.name} has no container ${request.container}; it has ${alternatives(names, 'and')}.`,
    names.map((name) => `logs ${pod.name} -c ${name}`),
  );
}

/** Reads the logs. A log that can't be read is a note. */
export async function readLogs(connection: Connection, { sources, notes }: LogSources): Promise<Logged> {
  const results = await Promise.all(
    sources.map(async (source) => {
      try {
        return { pod: source.pod, container: source.container, ...(await readLog(connection, source)) };
      } catch (error) {
        if (error instanceof Rejected || error instanceof NotFound) return whyNoLog(source, error);
        throw error;
      }
    }),
  );
  return {
    kind: 'logged',
    logs: results.filter((result) => typeof result !== 'string'),
    notes: [...notes, ...results.filter((result) => typeof result === 'string')],
  };
}

/** The kubelet answers 400 if there is no log yet, or no longer. */
export function whyNoLog({ pod, container, previous }: LogSource, error: ClusterError): string {
  const why = error instanceof Rejected ? error.reasons.join('; ') : 'the pod is gone';
  return previous
    ? `Container ${container} of ${pod} has no earlier run to show: ${why}.`
    : `Container ${container} of ${pod} has no log to show: ${why}.`;
}

/** Passes the lines of all logs on as they come, until the signal. */
export async function followLogs(
  house: House,
  service: ServiceConfig,
  request: LogsRequest,
  { onLine, signal }: { readonly onLine: (line: string) => void; readonly signal: AbortSignal },
): Promise<Outcome> {
  const ending = new AbortController();
  const until = AbortSignal.any([signal, ending.signal]);
  try {
    return await orFailed(async () => {
      const connection = await house.connect(service.cluster);
      const patient = patiently(connection, patienceOf(house, timeToPropose(house), { signal: until }));
      const survey = await surveyed({ house, connection: patient, service }, needsOf(request));
      if (survey.kind !== 'surveyed') return survey;
      const found = await sourcesOf(patient, survey.observation.snapshot, request);
      if (found.kind !== 'sources') return found;
      const { sources } = found;
      const ends = await Promise.all(
        sources.map((source) =>
          pump(connection, source, until, (line) => onLine(`${prefixOf(sources, source)}${line}`)),
        ),
      );
      const notes = ends.filter((note) => note !== undefined);
      return { kind: 'logged', logs: [], notes: [...found.notes, ...notes] } satisfies Logged;
    });
  } finally {
    ending.abort();
  }
}

/** `rng-b85tm `, with the container if several are followed; empty if there is only one log. */
function prefixOf(sources: readonly LogSource[], { pod, container }: LogSource): string {
  if (sources.length === 1) return '';
  const hasOthers = sources.some((other) => other.pod === pod && other.container !== container);
  return hasOthers ? `${pod} ${container} ` : `${pod} `;
}

/** Passes a log's lines on until it ends. Returns the reason if there is no log. */
async function pump(
  connection: Connection,
  source: LogSource,
  signal: AbortSignal,
  push: (line: string) => void,
): Promise<string | undefined> {
  try {
    for await (const line of await followLog(connection, source, signal)) push(line);
    return undefined;
  } catch (error) {
    if (error instanceof Stopped) return undefined;
    if (error instanceof Rejected || error instanceof NotFound) return whyNoLog(source, error);
    throw error;
  }
}
