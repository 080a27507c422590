import { setTimeout as delay } from 'node:timers/promises';

/** Waits; returns false as soon as the signal is aborted. */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<boolean> {
  try {
    await delay(milliseconds, undefined, { signal });
    return true;
  } catch {
    // Only the signal makes a timer reject.
    return false;
  }
}
