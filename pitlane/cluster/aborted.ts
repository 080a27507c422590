import type { Connection } from './connection.ts';
import { type CallSite, Stopped } from './errors.ts';

export function withSignal(connection: Connection, signal: AbortSignal): Connection {
  return { ...connection, send: (call) => connection.send({ ...call, signal }) };
}

/** Stops waiting at the signal: a connection that retries could wait longer. */
export async function untilAborted<T>(site: CallSite, work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const stop = () => reject(new Stopped(site, {}));
  signal.addEventListener('abort', stop);
  // The signal may be aborted already.
  if (signal.aborted) stop();
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
