import { setTimeout as wait } from 'node:timers/promises';

/** Waits for the work, but no longer than that. Undefined: it takes longer. */
export async function within<T>(ms: number, work: Promise<T>): Promise<T | undefined> {
  const over = new AbortController();
  const limit = wait(ms, undefined, { signal: over.signal }).catch(() => undefined);
  try {
    return await Promise.race([work, limit]);
  } finally {
    over.abort();
  }
}
