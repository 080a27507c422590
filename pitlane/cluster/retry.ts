import { type Answer, type Call, type Connection, DEFAULT_TIMEOUT_MS } from './connection.ts';
import { ClusterError, TooManyRequests, type Verb } from './errors.ts';

/** How long to retry, and how to wait. */
export interface Patience {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly sleep: Sleep;
  readonly deadline: number;
  /** Called before each wait with two sentences: what went wrong, and what happens next. */
  readonly report?: (trouble: string, next?: string) => void;
  readonly signal?: AbortSignal;
}

/** Ends early, without an error, when the signal is aborted. */
export type Sleep = (ms: number, signal?: AbortSignal) => Promise<void>;

const FIRST_DELAY_MS = 200;
const MAX_DELAY_MS = 5_000;

/** 200 ms, 400 ms, 800 ms … 5 s, or longer if the server's Retry-After says so. */
export function retryDelayMs(attempt: number, error?: unknown): number {
  const retryAfterMs = error instanceof TooManyRequests ? (error.retryAfterMs ?? 0) : 0;
  return Math.max(retryAfterMs, Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** (attempt - 1)));
}

/** Reports the trouble and sleeps. Returns false at once if the signal is aborted or the deadline would come first. */
export async function sleepInTime(patience: Patience, ms: number, trouble?: string, next?: string): Promise<boolean> {
  if (patience.now() + ms >= patience.deadline || patience.signal?.aborted) return false;
  if (trouble !== undefined) patience.report?.(trouble, next);
  await patience.sleep(ms, patience.signal);
  return true;
}

/**
 * Retries a read while its error is retryable, until the deadline. Throws the last error instead of waiting past the
 * deadline: it says more than a timeout would.
 */
export async function withPatience<T>(patience: Patience, work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof ClusterError) || !error.isRetryable) throw error;
      const delay = retryDelayMs(attempt, error);
      const next = `Retrying in ${(delay / 1000).toFixed(1)} s (attempt ${attempt + 1}).`;
      if (!(await sleepInTime(patience, delay, error.message, next))) throw error;
    }
  }
}

export const READS: readonly Verb[] = ['get', 'list'];

/** The minimum timeout of a call, even close to the deadline. */
const MIN_TIMEOUT_MS = 1_000;

/**
 * Wraps a connection: retries reads, passes the signal to every call, and keeps every call near the deadline. Writes and
 * streams stay single attempts.
 */
export function patiently(connection: Connection, patience: Patience): Connection {
  const withSignal = (call: Call): Call => ({ ...call, signal: call.signal ?? patience.signal });
  const inTime = (call: Call): Call => {
    const left = Math.max(MIN_TIMEOUT_MS, patience.deadline - patience.now());
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
