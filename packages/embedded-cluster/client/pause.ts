import { setTimeout as delay } from 'node:timers/promises';

/** Waits; answers false at once when the signal is aborted first. */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<boolean> {
  try {
    await delay(milliseconds, undefined, { signal });
    return true;
  } catch {
    // A timer rejects for one reason only: the signal.
    return false;
  }
}
