import type { Call, Connection } from './connection.ts';
import { ClusterError } from './errors.ts';
import { PODS } from './resource.ts';

/** The log of one container. */
export interface LogSource {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  /** Of the container's run before this one. */
  readonly previous: boolean;
  /** Lines from the end. */
  readonly tail: number;
}

export interface LogText {
  readonly text: string;
  /** True: older lines were left out because they are too much to show. */
  readonly isCut: boolean;
}

/** More than this of one container is not kept: it has to fit into a message's file. */
const MOST_CHARACTERS = 512 * 1024;
/** More than this is not even read: 10,000 lines can be of any length. */
const MOST_BYTES_READ = 16 * 1024 * 1024;

/** The last lines of a log. Where they are too much, the newest are kept: the end is what matters in an incident. */
export async function readLog(connection: Connection, source: LogSource): Promise<LogText> {
  const lines: string[] = [];
  let [characters, isCut] = [0, false];
  for await (const line of await connection.open(callFor(source, { limitBytes: MOST_BYTES_READ }))) {
    lines.push(line);
    characters += line.length + 1;
    while (characters > MOST_CHARACTERS && lines.length > 1) {
      characters -= (lines.shift()?.length ?? 0) + 1;
      isCut = true;
    }
  }
  const text = lines.join('\n');
  return text.length > MOST_CHARACTERS ? { text: text.slice(-MOST_CHARACTERS), isCut: true } : { text, isCut };
}

/** As much of a log as came, and what ended it before its time. */
export interface LogEnd extends LogText {
  readonly brokenOff?: ClusterError;
}

/**
 * The end of a log in at most about so many bytes: at least one line is kept, however long. A log that breaks off is
 * given as far as it came; what can't be read at all is an error.
 */
export async function readLogEnd(
  connection: Connection,
  source: LogSource,
  { mostBytes, mostBytesRead, signal }: { mostBytes: number; mostBytesRead: number; signal: AbortSignal },
): Promise<LogEnd> {
  const lines: { readonly line: string; readonly bytes: number }[] = [];
  let [kept, read] = [0, 0];
  let isCut = false;
  const end = (brokenOff?: ClusterError): LogEnd => ({
    text: lines.map(({ line }) => `${line}\n`).join(''),
    // What is read at most is counted from the beginning: the newest lines may be missing then.
    isCut: isCut || read >= mostBytesRead || brokenOff !== undefined,
    ...(brokenOff === undefined ? {} : { brokenOff }),
  });
  const arriving = await connection.open({ ...callFor(source, { limitBytes: mostBytesRead }), signal });
  try {
    for await (const line of arriving) {
      const bytes = Buffer.byteLength(line) + 1;
      lines.push({ line, bytes });
      kept += bytes;
      read += bytes;
      while (kept > mostBytes && lines.length > 1) {
        kept -= lines.shift()?.bytes ?? 0;
        isCut = true;
      }
    }
    return end();
  } catch (error) {
    if (error instanceof ClusterError) return end(error);
    throw error;
  }
}

/** A log as it grows, until the container ends or the signal is given. */
export function followLog(
  connection: Connection,
  source: LogSource,
  signal: AbortSignal,
): Promise<AsyncIterable<string>> {
  // A container may be silent for hours; the connection's own keep-alive finds out if it is dead.
  return connection.open({ ...callFor(source, { follow: true }), signal, timeoutMs: LONGEST_SILENCE_MS });
}

const LONGEST_SILENCE_MS = 24 * 60 * 60 * 1000;

function callFor(
  { namespace, pod, container, previous, tail }: LogSource,
  options: { readonly follow?: boolean; readonly limitBytes?: number },
): Call {
  return {
    verb: 'get',
    place: { resource: PODS, namespace, name: pod, subresource: 'log' },
    query: { container, tailLines: tail, previous: previous || undefined, ...options },
  };
}
