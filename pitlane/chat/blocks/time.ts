/** `40 ms`, `0.2 s`, `14 s` */
export function seconds(ms: number): string {
  if (ms < 100) return `${Math.round(ms)} ms`;
  return ms < 10_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 1000)} s`;
}

/** A time of day, which Slack shows in the time zone of the reader ("Formatting text", date formatting). */
export function clock(at: number): string {
  if (!isTime(at)) return UNREADABLE;
  return `<!date^${Math.floor(at / 1000)}^{time_secs}|${new Date(at).toISOString().slice(11, 19)} UTC>`;
}

/** The same with the date. */
export function moment(at: number): string {
  if (!isTime(at)) return UNREADABLE;
  return `<!date^${Math.floor(at / 1000)}^{date_short_pretty} {time}|${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC>`;
}

/** Times come from annotations, which people may edit. */
const UNREADABLE = 'at an invalid time';

/** Within the range of a Date (ECMAScript, "Time Values and Time Range"). */
function isTime(at: number): boolean {
  return Math.abs(at) <= 8.64e15;
}
