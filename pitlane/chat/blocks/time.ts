/** As kubectl prints ages: `40s`, `12m`, `5h`, `3d`; the two largest units while they are small: `90m`, `26h`. */
export function age(ms: number): string {
  if (!Number.isFinite(ms)) return 'unknown time';
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 120) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours}h`;
  return `${Math.floor(hours / 24)}d`;
}

/** `40 ms`, `0.2 s`, `14 s` */
export function seconds(ms: number): string {
  if (ms < 100) return `${Math.round(ms)} ms`;
  return ms < 10_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 1000)} s`;
}

/** A time of day that Slack shows in each reader's own time zone ("Formatting text", date formatting). */
export function clock(at: number): string {
  if (!isTime(at)) return UNREADABLE;
  return `<!date^${Math.floor(at / 1000)}^{time_secs}|${new Date(at).toISOString().slice(11, 19)} UTC>`;
}

/** The same with the day, for what may be long ago or far ahead. */
export function moment(at: number): string {
  if (!isTime(at)) return UNREADABLE;
  return `<!date^${Math.floor(at / 1000)}^{date_short_pretty} {time}|${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC>`;
}

/** Records are read from annotations, which anybody may have edited. */
const UNREADABLE = 'at a time that can not be read';

/** Within what a Date holds (ECMAScript, "Time Values and Time Range"). */
function isTime(at: number): boolean {
  return Math.abs(at) <= 8.64e15;
}
