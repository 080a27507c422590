import { setTimeout as wait } from 'node:timers/promises';

/** Waits for the work, but no longer than that. */
export async function within(ms: number, work: Promise<unknown>): Promise<void> {
  const over = new AbortController();
  const limit = wait(ms, undefined, { signal: over.signal }).catch(() => {});
  await Promise.race([work, limit]);
  over.abort();
}
