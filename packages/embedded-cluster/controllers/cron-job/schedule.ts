import { Cron } from 'croner';

/** The first moment after another at which a schedule is due, both in ms. */
export type Schedule = (afterMs: number) => number;

const unitMs: Record<string, number> = { h: 3_600_000, m: 60_000, s: 1_000 };

/** A standard cron line, a name such as @daily, or `@every 1h30m` (robfig/cron, ParseStandard). Throws for others. */
export function scheduleOf(text: string, timeZone: string | undefined): Schedule {
  const [, every] = /^@every (.+)$/.exec(text) ?? [];
  if (every !== undefined) {
    const parts = every.matchAll(/(\d+)([hms])/g);
    const ms = Array.from(parts).reduce((sum, [, count, unit = '']) => sum + Number(count) * (unitMs[unit] ?? 0), 0);
    // Whole seconds, from the second that has begun (constantdelay.go).
    return (after) => Math.floor(after / 1000) * 1000 + Math.max(1000, ms);
  }
  const cron = new Cron(text.replaceAll('?', '*'), { timezone: timeZone ?? 'UTC', sloppyRanges: true, paused: true });
  return (after) => cron.nextRun(new Date(after))?.getTime() ?? Number.POSITIVE_INFINITY;
}

/** The most recent due time since a moment, if there is one, and how many were missed (mostRecentScheduleTime). */
export function dueSince(since: number, now: number, next: Schedule): { at?: number; missed: number } {
  const first = next(since);
  const second = next(first);
  if (now < second) return { missed: 0, ...(now >= first && { at: first }) };
  // Estimates with the length of the first interval; the search begins there.
  const interval = second - first;
  const missed = Math.floor((now - first) / interval) + 1;
  let at: number | undefined;
  for (let due = next(first + (missed - 2) * interval); due <= now; due = next(due)) at = due;
  return { at, missed };
}

/** RFC 3339 in the time zone: `2026-11-29T06:15:00+01:00`, or with Z in UTC. */
export function zonedTimestamp(ms: number, timeZone = 'UTC'): string {
  const digits = { hour: '2-digit', minute: '2-digit', second: '2-digit', day: '2-digit', month: '2-digit' } as const;
  const format = new Intl.DateTimeFormat('sv-SE', { ...digits, year: 'numeric', timeZone, timeZoneName: 'longOffset' });
  const written = format.format(ms).replace(' ', 'T').replace(/ GMT/, '').replace('−', '-');
  return written.replace(/(\+00:00)?$/, (offset) => (offset === '+00:00' ? 'Z' : ''));
}
