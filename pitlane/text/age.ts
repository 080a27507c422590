const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const YEAR = 365 * DAY;

/** An age as kubectl prints it (apimachinery, util/duration HumanDuration): `45s`, `3m12s`, `5h3m`, `40d`, `2y35d`. */
export function age(fromMs: number, nowMs: number): string {
  if (!Number.isFinite(nowMs - fromMs)) return 'unknown time';
  const seconds = Math.max(0, Math.floor((nowMs - fromMs) / 1000));
  if (seconds < 2 * MINUTE) return `${seconds}s`;
  if (seconds < 10 * MINUTE) return pair(seconds, MINUTE, 'm', 1, 's');
  if (seconds < 3 * HOUR) return `${Math.floor(seconds / MINUTE)}m`;
  if (seconds < 8 * HOUR) return pair(seconds, HOUR, 'h', MINUTE, 'm');
  if (seconds < 2 * DAY) return `${Math.floor(seconds / HOUR)}h`;
  if (seconds < 8 * DAY) return pair(seconds, DAY, 'd', HOUR, 'h');
  if (seconds < 2 * YEAR) return `${Math.floor(seconds / DAY)}d`;
  if (seconds < 8 * YEAR) return pair(seconds, YEAR, 'y', DAY, 'd');
  return `${Math.floor(seconds / YEAR)}y`;
}

function pair(seconds: number, large: number, largeUnit: string, small: number, smallUnit: string): string {
  const rest = Math.floor((seconds % large) / small);
  return `${Math.floor(seconds / large)}${largeUnit}${rest > 0 ? `${rest}${smallUnit}` : ''}`;
}

/** `12:07:31 UTC` on the same day, else `2026-11-24 12:07 UTC`. */
export function clock(atMs: number, nowMs: number): string {
  const at = new Date(atMs).toISOString();
  const isToday = at.slice(0, 10) === new Date(nowMs).toISOString().slice(0, 10);
  return isToday ? `${at.slice(11, 19)} UTC` : `${at.slice(0, 10)} ${at.slice(11, 16)} UTC`;
}
