import type { Connection } from './connection.ts';
import { ClusterError, Stopped, Unavailable } from './errors.ts';

/** Notices when a cluster does not answer. */
export interface Listening {
  /** Aborted once requests have had no answer for that long. */
  readonly signal: AbortSignal;
  readonly hasAnswered: boolean;
  /** The last failure without an answer. */
  readonly failure: unknown;
  /** The same connection, listened to. */
  to(connection: Connection): Connection;
  /** The way to the cluster: its end is no answer yet. */
  connecting<T>(work: Promise<T>): Promise<T>;
  end(): void;
}

/** The time starts with the first request after an answer, and continues between two attempts. */
export function listening(limitMs: number): Listening {
  const controller = new AbortController();
  let pending = 0;
  let timer: NodeJS.Timeout | undefined;
  let hasAnswered = false;
  let failure: unknown;

  function start(): void {
    timer ??= setTimeout(() => controller.abort(), limitMs);
  }

  function end(): void {
    clearTimeout(timer);
    timer = undefined;
  }

  function answered(): void {
    hasAnswered = true;
    end();
    if (pending > 0) start();
  }

  async function during<T>(work: Promise<T>): Promise<T> {
    pending += 1;
    start();
    try {
      const answer = await work.finally(() => {
        pending -= 1;
      });
      answered();
      return answer;
    } catch (error) {
      if (isAnswer(error)) answered();
      else if (!(error instanceof Stopped)) failure = error;
      throw error;
    }
  }

  const to = (connection: Connection): Connection => ({
    get name() {
      return connection.name;
    },
    get usage() {
      return connection.usage;
    },
    as: (identity) => to(connection.as(identity)),
    send: (call) => during(connection.send(call)),
    open: (call) => during(connection.open(call)),
  });

  return {
    signal: controller.signal,
    get hasAnswered() {
      return hasAnswered;
    },
    get failure() {
      return failure;
    },
    to,
    async connecting(work) {
      start();
      return work;
    },
    end,
  };
}

/** An error of the API server itself. A 5xx may come from what stands before it. */
function isAnswer(error: unknown): boolean {
  return error instanceof ClusterError && !(error instanceof Unavailable || error instanceof Stopped);
}
