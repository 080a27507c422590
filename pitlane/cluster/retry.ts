import { type Answer, type Call, type Connection, DEFAULT_TIMEOUT_MS } from './connection.ts';
import { ClusterError, TooManyRequests, type Verb } from './errors.ts';

/** How long to keep trying, and what passes the time. */
export interface Patience {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly sleep: Sleep;
  readonly deadline: number;
  /** Called before each wait: one sentence each about what went wrong, and about what follows. */
  readonly report?: (trouble: string, next?: string) => void;
  readonly signal?: AbortSignal;
}

/** Ends early, without an error, when the signal is given. */
export type Sleep = (ms: number, signal?: AbortSignal) => Promise<void>;

const FIRST_WAIT_MS = 200;
const LONGEST_WAIT_MS = 5_000;

/** 200 ms, 400 ms, 800 ms … 5 s; as long as the server says where it says so. */
export function retryDelayMs(attempt: number, error?: unknown): number {
  const asked = error instanceof TooManyRequests ? (error.retryAfterMs ?? 0) : 0;
  return Math.max(asked, Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (attempt - 1)));
}

/**
 * Runs something that changes nothing, again and again while it fails for a reason that may pass, until the deadline.
 * A wait that would end past the deadline is not begun: the error says more than the time's end would.
 */
export async function withPatience<T>(patience: Patience, work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof ClusterError) || !error.isRetryable || patience.signal?.aborted) throw error;
      const wait = retryDelayMs(attempt, error);
      if (patience.now() + wait >= patience.deadline) throw error;
      patience.report?.(error.message, `Attempt ${attempt + 1} follows in ${(wait / 1000).toFixed(1)} s.`);
      await patience.sleep(wait, patience.signal);
    }
  }
}

const READS: readonly Verb[] = ['get', 'list'];

/** However little time is left: an answer that is on its way is worth so long. */
const SHORTEST_TIMEOUT_MS = 1_000;

/**
 * The same connection, with patience for reads, a signal that ends every call, and no call that goes on long after the
 * deadline. Writes and streams stay single attempts.
 */
export function patiently(connection: Connection, patience: Patience): Connection {
  const withSignal = (call: Call): Call =>
    patience.signal === undefined || call.signal !== undefined ? call : { ...call, signal: patience.signal };
  const inTime = (call: Call): Call => {
    const left = Math.max(SHORTEST_TIMEOUT_MS, patience.deadline - patience.now());
    return { ...call, timeoutMs: Math.min(call.timeoutMs ?? DEFAULT_TIMEOUT_MS, left) };
  };
  return {
    name: connection.name,
    usage: connection.usage,
    as: (identity) => patiently(connection.as(identity), patience),
    open: (call) => connection.open(withSignal(call)),
    send: <T>(call: Call): Promise<Answer<T>> => {
      const attempt = () => connection.send<T>(inTime(withSignal(call)));
      return READS.includes(call.verb) ? withPatience(patience, attempt) : attempt();
    },
  };
}
