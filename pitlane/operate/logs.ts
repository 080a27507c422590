import type { Connection } from '../cluster/connection.ts';
import { type ClusterError, NotFound, Rejected } from '../cluster/errors.ts';
import { type LogSource, readLog } from '../cluster/logs.ts';
import { readPod } from '../cluster/observe.ts';
import type { LogsRequest } from '../command/request.ts';
import { members } from '../rotation/membership.ts';
import { matches, parseSelector } from '../rotation/selector.ts';
import type { Pod, Snapshot } from '../rotation/snapshot.ts';
import { alternatives } from '../text/words.ts';
import { findPod } from './find-pods.ts';
import type { Choice, Logged, NotUnderstood } from './outcome.ts';
import { notUnderstood, selectorInvalid } from './problems.ts';

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
        sinceSeconds: request.sinceSeconds,
      })),
    );
  if (sources.length === 0) return noContainer(whole, request);
  return { kind: 'sources', sources, notes };
}

/** The pods of the request, the most suspicious first. */
export async function podsOf(
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
export function containersOf(pod: Pod, wanted: string | undefined): readonly string[] {
  const { containers = [], initContainers = [] } = pod.detail ?? {};
  const shown = wanted === undefined ? initContainers.filter(({ isSidecar }) => isSidecar) : initContainers;
  const names = [...containers, ...shown].map(({ name }) => name);
  return wanted === undefined ? names : names.filter((name) => name === wanted);
}

export function noContainer(pods: readonly (Pod | undefined)[], request: LogsRequest): NotUnderstood {
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
export function whyNoLog(
  { pod, container, previous = false }: Pick<LogSource, 'pod' | 'container'> & Partial<LogSource>,
  error: ClusterError,
): string {
  const why = error instanceof Rejected ? error.reasons.join('; ') : 'the pod is gone';
  return previous
    ? `Container ${container} of ${pod} has no earlier run to show: ${why}.`
    : `Container ${container} of ${pod} has no log to show: ${why}.`;
}
