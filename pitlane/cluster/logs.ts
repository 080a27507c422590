import { redact } from '../evidence/redact.ts';
import type { Call, Connection } from './connection.ts';
import { ClusterError, Rejected, Unavailable } from './errors.ts';
import { readTimestamp } from './log-position.ts';
import { PODS } from './resource.ts';

/** The log of one container. */
export interface LogSource {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  /** The log of the container's previous run. */
  readonly previous: boolean;
  /** Lines from the end. */
  readonly tail: number;
  /** Only lines of so many seconds. Absent: of any time. */
  readonly sinceSeconds?: number | undefined;
}

export interface LogText {
  readonly text: string;
  /** True: older lines were left out. */
  readonly isCut: boolean;
}

/** The log of one container must fit into a message's file. */
const MAX_BYTES = 512 * 1024;
/** Limits the transfer: 10,000 lines can have any length. */
const MAX_BYTES_READ = 16 * 1024 * 1024;

/** Reads the last lines of a log, redacted and without the last line break. If they are too many, the newest are kept. */
export async function readLog(connection: Connection, source: LogSource): Promise<LogText> {
  const bounds = { maxBytes: MAX_BYTES, maxBytesRead: MAX_BYTES_READ };
  const { text, isCut, interruptedBy } = await readLogEnd(connection, source, bounds);
  if (interruptedBy !== undefined) throw interruptedBy;
  const shown = redact(text.slice(0, -1));
  // One line may be longer than the limit.
  return { text: shown.slice(-MAX_BYTES), isCut: isCut || shown.length > MAX_BYTES };
}

/** The part of a log that arrived, and the error that interrupted it. */
export interface LogEnd extends LogText {
  readonly interruptedBy?: ClusterError;
  /** When each line of the text was written, by the clock of the node. Undefined: unknown. Absent: not asked for. */
  readonly times?: readonly (number | undefined)[];
}

interface Bounds {
  /** The lines have times. */
  readonly timestamps?: true;
  readonly maxBytes: number;
  readonly maxBytesRead: number;
  readonly signal?: AbortSignal;
}

/**
 * Reads the end of a log as it was written, about `maxBytes` of it but at least one line. Returns what arrived of an interrupted log; throws
 * if the log can't be opened.
 */
export async function readLogEnd(
  connection: Connection,
  source: LogSource,
  { timestamps, maxBytes, maxBytesRead, signal }: Bounds,
): Promise<LogEnd> {
  const lines: { readonly text: string; readonly at: number | undefined }[] = [];
  let [kept, read, isCut] = [0, 0, false];
  const end = (interruptedBy?: ClusterError): LogEnd => ({
    text: lines.map(({ text }) => text).join(''),
    times: timestamps && lines.map(({ at }) => at),
    // The limit counts from the beginning, so the newest lines may be missing.
    isCut: isCut || read >= maxBytesRead || interruptedBy !== undefined,
    interruptedBy,
  });
  const arriving = await connection.open({ ...callFor(source, { limitBytes: maxBytesRead, timestamps }), signal });
  try {
    for await (const line of arriving) {
      const { at, text } = (timestamps && readTimestamp(line)) || { at: '', text: line };
      const time = Date.parse(at);
      lines.push({ text: `${text}\n`, at: Number.isNaN(time) ? undefined : time });
      kept += Buffer.byteLength(text) + 1;
      read += Buffer.byteLength(line) + 1;
      while (kept > maxBytes && lines.length > 1) {
        kept -= Buffer.byteLength(lines.shift()?.text ?? '');
        isCut = true;
      }
    }
    return end();
  } catch (error) {
    if (error instanceof ClusterError) return end(error);
    throw error;
  }
}

/** Enough for a timestamp. */
const MAX_TIMESTAMP_BYTES = 64;

/** When a container wrote its last line, by the clock of its node. Undefined: it has written none, or has not started. */
export async function readLastLineAt(
  connection: Connection,
  source: Pick<LogSource, 'namespace' | 'pod' | 'container'>,
  signal: AbortSignal,
): Promise<number | undefined> {
  const bounds = { timestamps: true, limitBytes: MAX_TIMESTAMP_BYTES } as const;
  const call: Call = { ...callFor({ ...source, previous: false, tail: 1 }, bounds), signal };
  try {
    for await (const line of await connection.open(call)) {
      const at = Date.parse(readTimestamp(line)?.at ?? '');
      if (Number.isNaN(at)) throw new Unavailable(call, `the log has no time: ${redact(line)}`, {});
      return at;
    }
  } catch (error) {
    if (!(error instanceof Rejected)) throw error;
  }
  return undefined;
}

function callFor(
  { namespace, pod, container, previous, tail, sinceSeconds }: LogSource,
  options: { readonly limitBytes: number; readonly timestamps?: true | undefined },
): Call {
  return {
    verb: 'get',
    place: { resource: PODS, namespace, name: pod, subresource: 'log' },
    query: { container, tailLines: tail, previous: previous || undefined, sinceSeconds, ...options },
  };
}
