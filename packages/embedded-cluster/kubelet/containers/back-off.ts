/** The back-off of a container's restarts; undefined before the first. */
export interface BackOff {
  delayMs: number;
  /** When the last restart was decided. */
  since: number;
}

/** 10 s, 20 s, 40 s, … 5 min (kubelet.go, MaxCrashLoopBackOff). */
export const firstMs = 10_000;
export const maxMs = 300_000;

/** The delay of a container that ended at `finishedAt`: 0 the first time and after a run of twice the maximum. */
export function restartDelayMs(known: BackOff | undefined, finishedAt: number): number {
  return known === undefined || finishedAt - known.since > 2 * maxMs ? 0 : known.delayMs;
}

/** The back-off after a restart (client-go util/flowcontrol/backoff.go, Next). */
export function afterRestart(known: BackOff | undefined, finishedAt: number, restartedAt: number): BackOff {
  const delayMs = restartDelayMs(known, finishedAt);
  return { delayMs: delayMs === 0 ? firstMs : Math.min(delayMs * 2, maxMs), since: restartedAt };
}

/** Formats a duration as Go does: `10s`, `1m20s`, `5m0s`. */
export function goDuration(milliseconds: number): string {
  if (milliseconds < 1000) return `${milliseconds}ms`;
  const minutes = Math.floor(milliseconds / 60_000);
  const seconds = (milliseconds % 60_000) / 1000;
  return minutes > 0 ? `${minutes}m${seconds}s` : `${seconds}s`;
}
