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

/** Logs of more pods at a time help nobody. */
const MOST_PODS = 10;

export interface LogSources {
  readonly kind: 'sources';
  readonly sources: readonly LogSource[];
  readonly notes: readonly string[];
}

/** Which containers' logs are meant. */
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
      ? [`${shown.length} of ${found.pods.length} matching pods, the most suspicious first.`]
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

/** Without a wish, what runs; an init container that has ended only by its name. */
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

/** Reads the logs. What one container can't show is a note beside what the others do. */
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

/** The kubelet answers 400 while there is nothing to read yet, or no longer. */
export function whyNoLog({ pod, container, previous }: LogSource, error: ClusterError): string {
  const why = error instanceof Rejected ? error.reasons.join('; ') : 'the pod is gone';
  return previous
    ? `Container ${container} of ${pod} has no previous log: ${why}.`
    : `Container ${container} of ${pod} has no log: ${why}.`;
}
