import type { Connection } from '../cluster/connection.ts';
import { CannotConnect, ClusterError, NotFound, Rejected, Stopped } from '../cluster/errors.ts';
import { followLog, type LogSource } from '../cluster/logs.ts';
import { patiently } from '../cluster/retry.ts';
import type { LogsRequest } from '../command/request.ts';
import type { ServiceConfig } from '../config/config.ts';
import { needsOf } from '../operations/table.ts';
import { type House, patienceOf } from './house.ts';
import { sourcesOf, whyNoLog } from './logs.ts';
import { surveyed } from './missing.ts';
import type { Logged, Outcome } from './outcome.ts';

/** How long finding the pods may take, before the first line. */
const START_TIME_MS = 25_000;

/** The lines of all logs that are meant, as they come. */
export async function followLogs(
  house: House,
  service: ServiceConfig,
  request: LogsRequest,
  { onLine, signal }: { readonly onLine: (line: string) => void; readonly signal: AbortSignal },
): Promise<Outcome> {
  const ending = new AbortController();
  const until = AbortSignal.any([signal, ending.signal]);
  try {
    const connection = await house.connect(service.cluster);
    const patient = patiently(connection, patienceOf(house, house.now() + START_TIME_MS, { signal: until }));
    const survey = await surveyed(house, patient, service, needsOf(request));
    if (survey.kind !== 'surveyed') return survey;
    const found = await sourcesOf(patient, survey.observation.snapshot, request);
    if (found.kind !== 'sources') return found;
    const { sources } = found;
    const ends = await Promise.all(
      sources.map((source) => pump(connection, source, until, prefixOf(sources, source), onLine)),
    );
    const notes = ends.filter((note) => note !== undefined);
    return { kind: 'logged', logs: [], notes: [...found.notes, ...notes] } satisfies Logged;
  } catch (error) {
    if (error instanceof ClusterError || error instanceof CannotConnect) {
      return { kind: 'failed', message: error.message, stands: [], undo: [] };
    }
    throw error;
  } finally {
    ending.abort();
  }
}

/** `rng-b85tm `, and the container where the pod has several; nothing where one log is followed. */
function prefixOf(sources: readonly LogSource[], { pod, container }: LogSource): string {
  if (sources.length === 1) return '';
  const hasOthers = sources.some((other) => other.pod === pod && other.container !== container);
  return hasOthers ? `${pod} ${container} ` : `${pod} `;
}

/** Passes a log's lines on until it ends; returns why there was none. */
async function pump(
  connection: Connection,
  source: LogSource,
  signal: AbortSignal,
  prefix: string,
  push: (line: string) => void,
): Promise<string | undefined> {
  try {
    for await (const line of await followLog(connection, source, signal)) {
      push(`${prefix}${line}`);
    }
    return undefined;
  } catch (error) {
    if (error instanceof Stopped) return undefined;
    if (error instanceof Rejected || error instanceof NotFound) return whyNoLog(source, error);
    throw error;
  }
}
